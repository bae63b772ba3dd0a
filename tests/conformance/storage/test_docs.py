"""The Python examples of docs/storage-api.md, run one after the other on one server."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "storage-api.md"


def test_the_examples_run(server, monkeypatch, capsys):
    connection = server.ok("storage", "connection-string", "--endpoint", server.url).strip()
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert len(blocks) == 2
    names: dict = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102 - our own page
    assert capsys.readouterr().out == "['data/gauge.csv']\nb'id,level\\n1,0.5\\n'\n"
    assert server.ok("lake", "cat", "files/raw/renamed.txt") == "first line\n"
