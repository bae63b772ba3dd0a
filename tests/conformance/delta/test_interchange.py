"""Delta tables between Tarn and deltalake (delta-rs): what one writes the other reads with equal contents.

Needs the program delta_tool of this folder (environment TARN_DELTA_TOOL) and the packages of tests/requirements.txt.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import os
import subprocess
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

TOOL = os.environ["TARN_DELTA_TOOL"]
UTC = dt.timezone.utc


def tool(*arguments: object, fails: bool = False) -> str:
    done = subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def tarn_read(folder: Path, *as_of: str) -> pa.Table:
    out = folder.parent / "tarn-read.parquet"
    tool("read", folder, out, *as_of)
    return pq.read_table(out)


def rows(table: pa.Table) -> list[dict]:
    """The rows as Python values, in one order, times without a zone."""

    def plain(value: object) -> object:
        if isinstance(value, dt.datetime) and value.tzinfo:
            return value.astimezone(UTC).replace(tzinfo=None)
        return value

    found = [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]
    return sorted(found, key=repr)


def write_with_tarn(folder: Path, table: pa.Table, schema: dict, partition_by: str = "") -> None:
    folder.parent.mkdir(exist_ok=True)
    (folder.parent / "schema.json").write_text(json.dumps(schema))
    pq.write_table(table, folder.parent / "rows.parquet")
    tool("create", folder, folder.parent / "schema.json", *([partition_by] if partition_by else []))
    tool("append", folder, folder.parent / "rows.parquet")


def delta_schema(**columns: str) -> dict:
    fields = [{"name": n, "type": t, "nullable": True, "metadata": {}} for n, t in columns.items()]
    return {"type": "struct", "fields": fields}


def every_type() -> pa.Table:
    return pa.table(
        {
            "byte": pa.array([-128, 127, None], pa.int8()),
            "short": pa.array([-32768, 32767, None], pa.int16()),
            "int": pa.array([-(2**31), 2**31 - 1, None], pa.int32()),
            "long": pa.array([-(2**63), 2**63 - 1, None], pa.int64()),
            "float": pa.array([1.5, -0.1, None], pa.float32()),
            "double": pa.array([1e300, -1e-300, None], pa.float64()),
            "decimal": pa.array([decimal.Decimal("12345678.90"), decimal.Decimal("-0.01"), None], pa.decimal128(10, 2)),
            "wide": pa.array(
                [decimal.Decimal("1234567890123456789012345678.0123456789"), decimal.Decimal("-1"), None],
                pa.decimal128(38, 10),
            ),
            "string": pa.array(["Größe 数 😀", "", None], pa.string()),
            "bool": pa.array([True, False, None], pa.bool_()),
            "date": pa.array([dt.date(1969, 12, 31), dt.date(2026, 11, 20), None], pa.date32()),
            "instant": pa.array(
                [dt.datetime(2026, 11, 20, 14, 3, 7, 123456, UTC), dt.datetime(1900, 1, 1, tzinfo=UTC), None],
                pa.timestamp("us", "UTC"),
            ),
            "binary": pa.array([b"\x00\xff", b"", None], pa.binary()),
            "wörter & mehr": pa.array(["a b", "c", None], pa.string()),
        }
    )


EVERY_TYPE = {
    "byte": "byte", "short": "short", "int": "integer", "long": "long", "float": "float", "double": "double",
    "decimal": "decimal(10,2)", "wide": "decimal(38,10)", "string": "string", "bool": "boolean", "date": "date",
    "instant": "timestamp", "binary": "binary", "wörter & mehr": "string",
}  # fmt: skip


def test_every_type_from_deltalake(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "t", every_type())
    assert rows(tarn_read(tmp_path / "t")) == rows(every_type())
    schema = json.loads(tool("schema", tmp_path / "t"))
    assert {f["name"]: f["type"] for f in schema["fields"]} == EVERY_TYPE


def test_every_type_to_deltalake(tmp_path: Path) -> None:
    write_with_tarn(tmp_path / "t", every_type(), delta_schema(**EVERY_TYPE))
    table = DeltaTable(tmp_path / "t")
    assert rows(table.to_pyarrow_table()) == rows(every_type())
    assert json.loads(table.schema().to_json()) == delta_schema(**EVERY_TYPE)
    assert table.protocol().min_reader_version == 1
    assert table.protocol().min_writer_version == 2


def test_wall_clock_times(tmp_path: Path) -> None:
    local = pa.table({"at": pa.array([dt.datetime(2026, 1, 2, 3, 4, 5, 6), None], pa.timestamp("us"))})
    write_deltalake(tmp_path / "theirs", local)
    assert rows(tarn_read(tmp_path / "theirs")) == rows(local)
    pq.write_table(local, tmp_path / "rows.parquet")
    tool("append", tmp_path / "theirs", tmp_path / "rows.parquet")
    assert DeltaTable(tmp_path / "theirs").to_pyarrow_table().num_rows == 4
    write_with_tarn(tmp_path / "ours", local, delta_schema(at="timestamp_ntz"))
    assert rows(DeltaTable(tmp_path / "ours").to_pyarrow_table()) == rows(local)


def test_nested_from_deltalake(tmp_path: Path) -> None:
    nested = pa.table(
        {
            "s": pa.array([{"x": 1, "y": "a"}, None], pa.struct([("x", pa.int32()), ("y", pa.string())])),
            "l": pa.array([[1, None], []], pa.list_(pa.int64())),
        }
    )
    write_deltalake(tmp_path / "t", nested)
    assert rows(tarn_read(tmp_path / "t")) == rows(nested)


def partitioned() -> pa.Table:
    return pa.table(
        {
            "a": pa.array([1, 2, 3, 4], pa.int64()),
            "place": pa.array(["a/b c%2F", "ä=&:", None, "plain"], pa.string()),
            "day": pa.array([dt.date(2026, 1, 2), None, dt.date(2026, 1, 2), dt.date(1, 1, 1)], pa.date32()),
            "n": pa.array([1, -2, None, 4], pa.int32()),
            "flag": pa.array([True, False, None, True], pa.bool_()),
            # No negative ones: deltalake 1.6.6 reads them as '-2.-25'.
            "m": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("2.25"), decimal.Decimal("0.00")], pa.decimal128(6, 2)),
            "at": pa.array(
                [dt.datetime(2026, 1, 2, 3, 4, 5, 600, UTC), None, dt.datetime(1970, 1, 1, tzinfo=UTC), dt.datetime(2026, 7, 1, tzinfo=UTC)],
                pa.timestamp("us", "UTC"),
            ),
            "b": pa.array(["x", "y", "z", None], pa.string()),
        }
    )


PARTITIONED = {"a": "long", "place": "string", "day": "date", "n": "integer", "flag": "boolean", "m": "decimal(6,2)", "at": "timestamp", "b": "string"}  # fmt: skip


@pytest.mark.parametrize("by", ["place", "day", "n", "flag", "m", "at", "place,day,n"])
def test_partitions_from_deltalake(tmp_path: Path, by: str) -> None:
    write_deltalake(tmp_path / "t", partitioned(), partition_by=by.split(","))
    assert rows(tarn_read(tmp_path / "t")) == rows(partitioned())


@pytest.mark.parametrize("by", ["place", "day", "n", "flag", "m", "at", "place,day,n"])
def test_partitions_to_deltalake(tmp_path: Path, by: str) -> None:
    write_with_tarn(tmp_path / "t", partitioned(), delta_schema(**PARTITIONED), by)
    assert rows(DeltaTable(tmp_path / "t").to_pyarrow_table()) == rows(partitioned())
    assert rows(tarn_read(tmp_path / "t")) == rows(partitioned())


def numbers(*values: int) -> pa.Table:
    return pa.table({"a": pa.array(values, pa.int64())})


def test_versions_and_checkpoints_from_deltalake(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    write_deltalake(folder, numbers(0))
    for i in range(1, 25):
        write_deltalake(folder, numbers(i), mode="overwrite" if i == 12 else "append")
    table = DeltaTable(folder)
    table.create_checkpoint()
    write_deltalake(folder, numbers(25), mode="append")
    # A version more than 10 commits old, its commits gone: only the checkpoint has the state.
    checkpoint = int(json.loads((folder / "_delta_log/_last_checkpoint").read_text())["version"])
    for version in range(checkpoint):
        (folder / f"_delta_log/{version:020}.json").unlink()
    assert rows(tarn_read(folder)) == rows(DeltaTable(folder).to_pyarrow_table())
    assert [row["a"] for row in rows(tarn_read(folder))] == list(range(12, 26))


def test_versions_and_checkpoints_to_deltalake(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    write_with_tarn(folder, numbers(0), delta_schema(a="long"))
    for i in range(1, 24):
        pq.write_table(numbers(i), tmp_path / "rows.parquet")
        tool("overwrite" if i == 12 else "append", folder, tmp_path / "rows.parquet")
    checkpoint = json.loads((folder / "_delta_log/_last_checkpoint").read_text())["version"]
    assert checkpoint == 20
    expected = {version: rows(tarn_read(folder, f"version={version}")) for version in (0, 1, 12, 13, 20, 24)}
    for version, wanted in expected.items():
        assert rows(DeltaTable(folder, version=version).to_pyarrow_table()) == wanted
    for version in range(checkpoint):
        (folder / f"_delta_log/{version:020}.json").unlink()
    assert rows(DeltaTable(folder).to_pyarrow_table()) == expected[24]
    assert sorted(row["a"] for row in expected[24]) == list(range(12, 24))


def test_time_travel_agrees(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    write_deltalake(folder, numbers(0))
    for i in range(1, 4):
        time.sleep(0.05)
        if i % 2:
            pq.write_table(numbers(i), tmp_path / "rows.parquet")
            tool("append", folder, tmp_path / "rows.parquet")
        else:
            write_deltalake(folder, numbers(i), mode="append")
    history = [json.loads(line) for line in tool("history", folder).splitlines()]
    assert [entry["version"] for entry in history] == [3, 2, 1, 0]
    assert [entry["operation"] for entry in history] == ["WRITE"] * 4
    for entry in history:
        ours = tarn_read(folder, f"timestamp={entry['timestamp']}")
        table = DeltaTable(folder)
        table.load_as_version(dt.datetime.fromisoformat(entry["timestamp"]))
        assert rows(ours) == rows(table.to_pyarrow_table())
        assert ours.num_rows == entry["version"] + 1


def test_both_write_in_turn(tmp_path: Path) -> None:
    folder = tmp_path / "t"
    write_with_tarn(folder, numbers(0), delta_schema(a="long"))
    write_deltalake(folder, numbers(1), mode="append")
    pq.write_table(numbers(2), tmp_path / "rows.parquet")
    tool("append", folder, tmp_path / "rows.parquet")
    DeltaTable(folder).delete("a = 0")
    assert rows(tarn_read(folder)) == [{"a": 1}, {"a": 2}]
    tool("delete", folder)
    assert DeltaTable(folder).to_pyarrow_table().num_rows == 0
    DeltaTable(folder).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    write_deltalake(folder, numbers(3), mode="append")
    assert rows(tarn_read(folder)) == [{"a": 3}]


def test_both_write_at_once(tmp_path: Path) -> None:
    """Neither loses the other's rows: both commit by put-if-absent."""
    folder = tmp_path / "t"
    write_with_tarn(folder, numbers(0), delta_schema(a="long"))
    running = []
    for i in range(1, 9):
        pq.write_table(numbers(i), tmp_path / f"{i}.parquet")
        running.append(subprocess.Popen([TOOL, "append", str(folder), str(tmp_path / f"{i}.parquet")]))
        try:
            write_deltalake(folder, numbers(100 + i), mode="append")
        except CommitFailedError:  # its own retries may run out; then it has written nothing
            write_deltalake(folder, numbers(100 + i), mode="append")
    assert [process.wait(timeout=60) for process in running] == [0] * 8
    wanted = sorted([0, *range(1, 9), *range(101, 109)])
    assert sorted(row["a"] for row in rows(tarn_read(folder))) == wanted
    assert sorted(DeltaTable(folder).to_pyarrow_table()["a"].to_pylist()) == wanted


def test_statistics_are_true_for_deltalake(tmp_path: Path) -> None:
    write_with_tarn(tmp_path / "t", every_type(), delta_schema(**EVERY_TYPE))
    actions = pa.table(DeltaTable(tmp_path / "t").get_add_actions(flatten=True)).to_pylist()[0]
    assert actions["num_records"] == 3
    assert actions["min.long"] == -(2**63)
    assert actions["max.long"] == 2**63 - 1
    assert actions["null_count.string"] == 1
    assert actions["max.date"] == dt.date(2026, 11, 20)
    table = DeltaTable(tmp_path / "t").to_pyarrow_dataset()
    assert table.to_table(filter=pa.compute.field("short") == 32767).num_rows == 1
    wanted = pa.scalar(dt.datetime(2026, 11, 20, 14, 3, 7, 123456, UTC), pa.timestamp("us", "UTC"))
    assert table.to_table(filter=pa.compute.field("instant") == wanted).num_rows == 1


def test_features_that_are_not_there_are_refused_by_name(tmp_path: Path) -> None:
    write_deltalake(tmp_path / "t", numbers(1), configuration={"delta.enableDeletionVectors": "true"})
    log = tmp_path / "t/_delta_log/00000000000000000000.json"
    if "deletionVectors" not in log.read_text():
        pytest.skip("this deltalake does not declare the feature")
    assert "deletionVectors" in tool("read", tmp_path / "t", tmp_path / "out.parquet", fails=True)
