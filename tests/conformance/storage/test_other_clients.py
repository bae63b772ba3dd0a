"""adlfs (fsspec) and deltalake's object store against the storage API."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from adlfs import AzureBlobFileSystem
from conftest import ACCOUNT
from deltalake import DeltaTable, write_deltalake


@pytest.fixture
def adl(server, url, key):
    connection = server.ok("storage", "connection-string", "--endpoint", server.url).strip()
    return AzureBlobFileSystem(connection_string=connection, skip_instance_cache=True, use_listings_cache=False)


def test_adlfs(adl, container, name, tmp_path):
    with adl.open(f"{name}/d/x.txt", "wb") as file:
        file.write(b"hello")
    assert adl.cat(f"{name}/d/x.txt") == b"hello"
    assert adl.ls(f"{name}/d", detail=False) == [f"{name}/d/x.txt"]
    assert adl.info(f"{name}/d/x.txt")["size"] == 5
    assert adl.isdir(f"{name}/d") and adl.isfile(f"{name}/d/x.txt") and not adl.exists(f"{name}/nothing")
    adl.pipe({f"{name}/d/{i}": b"%d" % i for i in range(5)})
    assert sorted(adl.find(name)) == sorted([f"{name}/d/x.txt", *[f"{name}/d/{i}" for i in range(5)]])
    assert adl.cat_file(f"{name}/d/x.txt", start=1, end=3) == b"el"
    adl.cp_file(f"{name}/d/x.txt", f"{name}/copy.txt")
    assert adl.cat(f"{name}/copy.txt") == b"hello"
    adl.get(f"{name}/copy.txt", str(tmp_path / "copy.txt"))
    assert (tmp_path / "copy.txt").read_bytes() == b"hello"
    with adl.open(f"{name}/large", "wb", block_size=1 << 20) as file:
        for i in range(6):
            file.write(bytes([i]) * (1 << 20))
    assert adl.info(f"{name}/large")["size"] == 6 << 20
    adl.rm(f"{name}/d", recursive=True)
    assert not adl.exists(f"{name}/d/x.txt")


def options(server, key) -> dict[str, str]:
    return {"account_name": ACCOUNT, "account_key": key, "azure_storage_endpoint": f"{server.url}/{ACCOUNT}",
            "allow_http": "true"}


def test_deltalake_writes_a_table_that_sql_reads(server, key):
    uri = "az://files/synapse/workspaces/main/warehouse/gauges"
    where = options(server, key)
    write_deltalake(uri, pa.table({"id": [1, 2], "level": [0.5, 1.5]}), storage_options=where)
    write_deltalake(uri, pa.table({"id": [3], "level": [2.5]}), mode="append", storage_options=where)
    assert server.sql("SELECT COUNT(*) AS n, SUM(level) AS s FROM dbo.gauges") == [{"n": 3, "s": 4.5}]
    server.ok("sql", "INSERT INTO dbo.gauges VALUES (4, 3.5)")
    table = DeltaTable(uri, storage_options=where)
    assert table.version() == 2
    assert sorted(table.to_pyarrow_table()["id"].to_pylist()) == [1, 2, 3, 4]
    table.delete("id = 1")
    assert server.sql("SELECT COUNT(*) AS n FROM dbo.gauges") == [{"n": 3}]


def test_commits_of_several_writers_are_one_after_the_other(server, key):
    uri = "az://files/synapse/workspaces/main/warehouse/busy"
    where = options(server, key)
    write_deltalake(uri, pa.table({"id": pa.array([], pa.int64())}), storage_options=where)

    def append(i: int) -> None:
        write_deltalake(uri, pa.table({"id": [i]}), mode="append", storage_options=where)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(12)))
    table = DeltaTable(uri, storage_options=where)
    assert table.version() == 12
    assert sorted(table.to_pyarrow_table()["id"].to_pylist()) == list(range(12))
