"""SQL Server's types as other programs receive them."""

from __future__ import annotations

import datetime
import io
import json
import urllib.request

QUERY = "SELECT CAST('2024-01-01 10:00:00.5 +02:00' AS datetimeoffset(3)) AS moment, 1 AS one"


def post(url: str, accept: str) -> bytes:
    request = urllib.request.Request(f"{url}/sql", data=json.dumps({"query": QUERY}).encode(),
                                     headers={"Content-Type": "application/json", "Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read()


def test_datetimeoffset_keeps_its_offset_in_json_and_is_an_instant_in_arrow(server):
    import pyarrow
    import pyarrow.ipc

    url = server.url
    rows = json.loads(post(url, "application/json"))["results"][0]["rows"]
    assert rows == [["2024-01-01 10:00:00.500 +02:00", 1]]
    table = pyarrow.ipc.open_stream(io.BytesIO(post(url, "application/vnd.apache.arrow.stream"))).read_all()
    assert table.schema.field("moment").type == pyarrow.timestamp("us", tz="UTC")
    expected = datetime.datetime(2024, 1, 1, 8, 0, 0, 500_000, tzinfo=datetime.timezone.utc)
    assert table.to_pylist() == [{"moment": expected, "one": 1}]
