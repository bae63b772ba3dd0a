"""Delta tables from the command line: loading, OPTIMIZE, VACUUM, properties, and queries that read only the files they need."""

import datetime as dt
import decimal
import json
import urllib.request
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake


def warehouse(tarn, table: str) -> Path:
    return tarn.home / "lake/files/synapse/workspaces/main/warehouse" / table


def put(tarn, tmp_path: Path, name: str, table: pa.Table) -> str:
    pq.write_table(table, tmp_path / name)
    tarn.ok("lake", "put", str(tmp_path / name), f"files/in/{name}")
    return f"files/in/{name}"


def refused(tarn, *arguments: str) -> str:
    done = tarn.run(*arguments)
    assert done.returncode != 0
    return done.stderr.decode()


def test_load_in_every_mode(tarn, tmp_path):
    days = pa.table({"day": pa.array([dt.date(2026, 1, 1), dt.date(2026, 1, 2)]), "n": pa.array([1, 2], pa.int16())})
    source = put(tarn, tmp_path, "days.parquet", days)
    made = tarn.json("table", "load", "default.days", source, "--partition-by", "day")
    assert made == {"table": "default.dbo.days", "version": 0, "rows": 2, "created": True}
    assert DeltaTable(warehouse(tarn, "days")).metadata().partition_columns == ["day"]
    assert tarn.json("table", "load", "default.days", source)["version"] == 1
    assert tarn.sql("SELECT count(*) AS n, sum(n) AS s FROM dbo.days") == [{"n": 4, "s": 6}]
    assert "already" in refused(tarn, "table", "load", "default.days", source, "--mode", "error")
    assert "partitioned by other columns" in refused(tarn, "table", "load", "default.days", source, "--partition-by", "n")

    wider = days.append_column("weather", pa.array(["sun", None])).set_column(1, "n", pa.array([100000, 3], pa.int32()))
    more = put(tarn, tmp_path, "wider.parquet", wider)
    assert "The table has no column 'weather'." in refused(tarn, "table", "load", "default.days", more)
    assert tarn.json("table", "load", "default.days", more, "--merge-schema")["version"] == 2
    rows = tarn.sql("SELECT n, weather FROM dbo.days ORDER BY n, weather")
    assert rows == [{"n": 1, "weather": None}] * 2 + [{"n": 2, "weather": None}] * 2 + [
        {"n": 3, "weather": None}, {"n": 100000, "weather": "sun"}]
    assert DeltaTable(warehouse(tarn, "days")).to_pyarrow_table().num_rows == 6
    long = put(tarn, tmp_path, "long.parquet", days.set_column(1, "n", pa.array([2**40, 3], pa.int64())))
    assert "typeWidening" in refused(tarn, "table", "load", "default.days", long, "--merge-schema")
    tarn.ok("table", "load", "default.days", long, "--mode", "overwrite", "--overwrite-schema")
    assert tarn.sql("SELECT max(n) AS n FROM dbo.days") == [{"n": 2**40}]
    assert "merge_schema goes with" in refused(tarn, "table", "load", "default.days", long, "--mode", "overwrite", "--merge-schema")

    pyarrow.csv.write_csv(days, tmp_path / "days.csv")
    tarn.ok("lake", "put", str(tmp_path / "days.csv"), "files/in/days.csv")
    assert tarn.json("table", "load", "default.from_csv", "files/in/days.csv")["rows"] == 2
    assert "There are no files" in refused(tarn, "table", "load", "default.x", "files/in/none*.parquet")
    tarn.ok("lake", "put", str(tmp_path / "days.csv"), "files/other/days.txt")
    assert "does not tell its format" in refused(tarn, "table", "load", "default.x", "files/other/days.txt")


def test_optimize_and_vacuum(tarn):
    tarn.ok("sql", "CREATE TABLE dbo.t (a int)")
    for i in range(4):
        tarn.ok("sql", f"INSERT INTO dbo.t VALUES ({i})")
    done = tarn.json("table", "optimize", "default.t")
    assert (done["files_removed"], done["files_added"], done["version"]) == (4, 1, 5)
    assert tarn.sql("SELECT sum(a) AS s FROM dbo.t") == [{"s": 6}]
    assert "Would delete 0 file(s)" in tarn.ok("table", "vacuum", "default.t", "--dry-run")
    assert "below the table's 168 hours" in refused(tarn, "table", "vacuum", "default.t", "--retention-hours", "0")
    listed = tarn.json("table", "vacuum", "default.t", "--retention-hours", "0", "--force", "--dry-run")
    assert listed["file_count"] == 4 and len(listed["files"]) == 4
    assert "Deleted 4 file(s)" in tarn.ok("table", "vacuum", "default.t", "--retention-hours", "0", "--force")
    assert len(list(warehouse(tarn, "t").glob("*.parquet"))) == 1
    assert tarn.sql("SELECT sum(a) AS s FROM dbo.t") == [{"s": 6}]
    operations = [line.split("\t")[2] for line in tarn.ok("table", "history", "default.t", "-o", "tsv").splitlines()[1:4]]
    assert operations == ["VACUUM END", "VACUUM START", "OPTIMIZE"]
    assert DeltaTable(warehouse(tarn, "t")).to_pyarrow_table().num_rows == 4


def test_properties(tarn):
    tarn.ok("sql", "CREATE TABLE dbo.t (a int)")
    tarn.ok("table", "set", "default.t", "delta.appendOnly=true", "owner=sales")
    assert tarn.json("table", "properties", "default.t") == [
        {"name": "delta.appendOnly", "value": "true"}, {"name": "owner", "value": "sales"}]
    assert DeltaTable(warehouse(tarn, "t")).metadata().configuration == {"delta.appendOnly": "true", "owner": "sales"}
    tarn.ok("sql", "INSERT INTO dbo.t VALUES (1)")
    assert "append-only" in refused(tarn, "sql", "TRUNCATE TABLE dbo.t")
    tarn.ok("table", "unset", "default.t", "delta.appendOnly")
    tarn.ok("sql", "TRUNCATE TABLE dbo.t")
    assert "changeDataFeed" in refused(tarn, "table", "set", "default.t", "delta.enableChangeDataFeed=true")
    assert "name=value" in refused(tarn, "table", "set", "default.t", "owner")
    assert "no property 'ownr'" in refused(tarn, "table", "unset", "default.t", "ownr")


def test_over_http(tarn):
    tarn.ok("sql", "CREATE TABLE dbo.t (a int)")
    url = tarn.serve()

    def call(method: str, path: str, body: dict | None = None) -> dict:
        request = urllib.request.Request(f"{url}{path}", method=method, headers={"Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    base = "/tables/default.t"
    found = call("GET", f"{base}")
    assert found["name"] == "default.dbo.t"
    assert call("PATCH", f"{base}/properties", {"set": {"owner": "me"}})["properties"] == {"owner": "me"}
    assert call("GET", f"{base}/properties")["properties"] == {"owner": "me"}
    assert call("POST", f"{base}/optimize", {})["files_removed"] == 0
    assert call("POST", f"{base}/vacuum", {"dry_run": True})["retention_hours"] == 168


def part(i: int) -> pa.Table:
    """Rows 10 i to 10 i + 9, a day each."""
    numbers = range(10 * i, 10 * i + 10)
    start = dt.datetime(2026, 1, 1, 12, tzinfo=dt.timezone.utc)
    return pa.table({
        "n": pa.array(numbers, pa.int64()),
        "small": pa.array(numbers, pa.int16()),
        "price": pa.array([decimal.Decimal(n) + decimal.Decimal("0.50") for n in numbers], pa.decimal128(10, 2)),
        "day": pa.array([(start + dt.timedelta(days=n)).date() for n in numbers]),
        "at": pa.array([start + dt.timedelta(days=n) for n in numbers], pa.timestamp("us", "UTC")),
        "f": pa.array([float(n) for n in numbers]),
        "name": pa.array([f"row {n:02}" for n in numbers]),
        "region": pa.array(["north", "east", "south", "west"][i:i + 1] * 10),
    })  # fmt: skip


NARROW = [
    "n = 25", "25 = n", "n BETWEEN 21 AND 24", "n IN (22, 27)", "n > 19 AND n < 30", "n >= 20 AND f < 30", "small = 25",
    "n > 19.5 AND n <= 29.9", "price >= 20.5 AND price < 30", "(n = 21 OR n BETWEEN 25 AND 26) AND 1 = 1",
    "day = '2026-01-26'", "day >= '20260121' AND day < '2026-01-31'", "at = '2026-01-26T12:00:00'",
    "at BETWEEN '2026-01-21' AND '2026-01-30 23:59:59'", "at >= CAST('2026-01-21' AS date) AND n < 30", "region = 'south'",
    "region IN ('south') AND n < 100", "n = @twenty_five",
]  # fmt: skip
BINARY = ["name = 'row 25'", "name = 'row 25  '", "name BETWEEN 'row 20' AND 'row 29'", "name IN ('row 21', 'row 22')"]
# Conditions that leave nothing out, whatever the statistics.
WIDE = ["n + 0 = 25", "n = 25 OR f * 2 = 50", "f > 19 AND f <= 29", "n NOT BETWEEN 0 AND 19", "NOT (n < 20)"]


@pytest.mark.parametrize("database", ["default", "bin"])
def test_queries_read_only_the_files_that_they_need(tarn, database):
    tarn.ok("sql", "CREATE DATABASE bin COLLATE Latin1_General_100_BIN2_UTF8")
    folder = warehouse(tarn, "bin.db/events" if database == "bin" else "events")
    for i in range(4):
        write_deltalake(folder, part(i), mode="append", partition_by=["region"])
    count = "DECLARE @twenty_five int = 25; SELECT count(*) AS c, sum(n) AS s FROM dbo.events AS e WHERE {}"
    conditions = NARROW + (BINARY if database == "bin" else [])
    before = {condition: tarn.sql(count.format(condition), database) for condition in conditions + BINARY}
    assert all(answer[0]["c"] for answer in before.values())
    outer = "SELECT count(*) AS c FROM (VALUES (1)) v(x) LEFT JOIN dbo.events e ON e.n = 5 WHERE e.n IS NULL"
    assert tarn.sql(outer, database) == [{"c": 0}]

    for file in folder.rglob("*.parquet"):
        if "region=south" not in str(file) and "_delta_log" not in str(file):
            file.unlink()
    for condition in conditions:
        assert tarn.sql(count.format(condition), database) == before[condition], condition
    inner = "SELECT count(*) AS c FROM dbo.events e JOIN (VALUES (25)) v(x) ON v.x = e.n WHERE e.n = 25"
    assert tarn.sql(inner, database) == [{"c": 1}]
    for condition in WIDE + ([] if database == "bin" else BINARY):
        assert "No files found" in refused(tarn, "sql", "-d", database, count.format(condition)), condition


def test_deletion_vectors_reach_sql_and_refuse_writers(tarn):
    tarn.ok("table", "list")  # makes the home
    folder = warehouse(tarn, "t")
    write_deltalake(folder, pa.table({"a": pa.array(range(10), pa.int64()), "b": [f"x{n}" for n in range(10)]}))
    log = folder / "_delta_log"
    actions = [json.loads(line) for line in (log / f"{0:020}.json").read_text().splitlines()]
    add = next(action["add"] for action in actions if "add" in action)
    # Rows 1 and 3 of the file: a Roaring bitmap in Z85.
    vector = {"storageType": "i", "pathOrInlineDv": "^Bg9^0rr910000000000iXQKl0rr91000315c8Xg0rri4", "sizeInBytes": 36,
              "cardinality": 2}
    features = ["deletionVectors"]
    commit = [
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features}},
        {"remove": {"path": add["path"], "deletionTimestamp": 1, "dataChange": True}},
        {"add": {**add, "deletionVector": vector}},
    ]
    (log / f"{1:020}.json").write_text("".join(json.dumps(action) + "\n" for action in commit))
    assert tarn.sql("SELECT a FROM dbo.t WHERE b < 'x5' ORDER BY a") == [{"a": 0}, {"a": 2}, {"a": 4}]
    assert tarn.sql("SELECT count(*) AS c, max(b) AS m FROM dbo.t") == [{"c": 8, "m": "x9"}]
    assert tarn.json("table", "show", "default.t")["rows"] == 8
    for arguments in (("sql", "INSERT INTO dbo.t VALUES (1, 'x')"), ("table", "optimize", "default.t"),
                      ("table", "vacuum", "default.t"), ("table", "set", "default.t", "owner=me")):
        assert "cannot write: deletionVectors" in refused(tarn, *arguments)
    assert tarn.json("table", "show", "default.t")["version"] == 1
