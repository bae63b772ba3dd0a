"""Dedicated SQL pools from outside: commands, REST, backup, restore, check, permissions."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request

import pytest
from conftest import Tarn


def fill(tarn: Tarn, pool: str, rows: int = 3) -> None:
    tarn.ok("sql", "-d", pool, "CREATE TABLE dbo.trips (id int NOT NULL, name varchar(20)) WITH (HEAP)")
    values = ", ".join(f"({i}, 'trip {i}')" for i in range(rows))
    tarn.ok("sql", "-d", pool, f"INSERT INTO dbo.trips VALUES {values}")


def trips(tarn: Tarn, pool: str) -> list[dict]:
    return tarn.sql("SELECT id, name FROM dbo.trips ORDER BY id", pool)


def refusal(tarn: Tarn, *arguments: str, code: int) -> str:
    done = tarn.run(*arguments)
    assert done.returncode == code, (done.returncode, done.stderr.decode())
    return done.stderr.decode().strip()


def request(tarn: Tarn, method: str, path: str, body: dict | None = None, token: str = "") -> tuple[int, dict]:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    asked = urllib.request.Request(tarn.url.rstrip("/") + path, method=method, headers=headers,
                                   data=None if body is None else json.dumps(body).encode())
    try:
        with urllib.request.urlopen(asked) as answer:
            text = answer.read().decode()
            return answer.status, json.loads(text) if text else {}
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read().decode())


@pytest.fixture(params=["alone", "served"])
def either(tarn: Tarn, request) -> Tarn:
    """The same commands without a server and with one."""
    if request.param == "served":
        tarn.serve()
    return tarn


def test_the_life_of_a_pool(either):
    tarn = either
    assert tarn.json("sql-pool", "list") == []
    made = tarn.json("sql-pool", "create", "Sales", "--performance-level", "dw200C")
    assert {key: made[key] for key in ("name", "status", "sku", "collation")} == {
        "name": "Sales", "status": "Online", "sku": {"name": "DW200c"}, "collation": "Latin1_General_100_CI_AS_SC_UTF8"}
    assert made["creationDate"].endswith("Z")
    assert made["sizeBytes"] > 0
    fill(tarn, "sales")
    assert tarn.json("sql-pool", "pause", "sales")["status"] == "Paused"
    assert "is paused" in refusal(tarn, "sql", "-d", "Sales", "SELECT 1", code=75)
    assert "is paused" in refusal(tarn, "sql", "SELECT * FROM sales.dbo.trips", code=75)
    assert tarn.json("sql-pool", "pause", "sales")["status"] == "Paused"
    assert tarn.json("sql-pool", "show", "SALES")["status"] == "Paused"
    assert tarn.json("sql-pool", "resume", "sales")["status"] == "Online"
    assert len(trips(tarn, "sales")) == 3
    assert tarn.json("sql-pool", "update", "sales", "--performance-level", "DW1000c")["sku"]["name"] == "DW1000c"
    shown = tarn.sql("SELECT service_objective AS o FROM sys.database_service_objectives", "sales")
    assert {"o": "DW1000c"} in shown
    tarn.ok("sql-pool", "delete", "sales")
    assert tarn.json("sql-pool", "list") == []
    assert "does not exist" in refusal(tarn, "sql", "-d", "sales", "SELECT 1", code=3)
    assert not list((tarn.home / "pools").iterdir())


def test_what_is_wrong_is_said(tarn):
    tarn.ok("sql-pool", "create", "sales")
    tarn.ok("sql", "CREATE DATABASE lakedb")
    assert refusal(tarn, "sql-pool", "show", "sals", code=3) == \
        "error: There is no SQL pool 'sals'. Did you mean 'sales'?"
    assert "no performance level 'DW150c'" in refusal(tarn, "sql-pool", "create", "x", "--performance-level", "DW150c",
                                                      code=2)
    assert "Invalid collation 'klingon'" in refusal(tarn, "sql-pool", "create", "x", "--collation", "klingon", code=2)
    for taken in ("SALES", "lakedb"):
        assert "taken" in refusal(tarn, "sql-pool", "create", taken, code=5)
    for name in ("master", "default", "a/b", "a-b", "x" * 61):
        assert "Invalid name" in refusal(tarn, "sql-pool", "create", name, code=2)
    assert "Database 'Sales' already exists" in refusal(tarn, "sql", "CREATE DATABASE Sales", code=5)
    assert [pool["name"] for pool in tarn.json("sql-pool", "list")] == ["sales"]


def test_rest(server):
    assert request(server, "GET", "/sql-pools") == (200, {"sqlPools": []})
    status, made = request(server, "PUT", "/sql-pools/sales", {"sku": {"name": "DW300c"}})
    assert (status, made["status"], made["sku"]) == (201, "Online", {"name": "DW300c"})
    status, problem = request(server, "PUT", "/sql-pools/sales", {})
    assert (status, problem["code"]) == (409, "AlreadyExists")
    status, problem = request(server, "PUT", "/sql-pools/other", {"skus": {"name": "DW300c"}})
    assert (status, problem["hint"]) == (400, "Did you mean 'sku'?")
    assert request(server, "POST", "/sql-pools/sales/pause")[1]["status"] == "Paused"
    status, problem = request(server, "POST", "/sql", {"query": "SELECT 1", "database": "sales"})
    assert (status, problem["sql"]["number"]) == (503, 42108)
    assert problem["detail"] == \
        "Can not connect to the SQL pool since it is paused. Please resume the SQL pool and try again."
    assert problem["hint"] == "tarn sql-pool resume sales"
    assert request(server, "POST", "/sql-pools/sales/resume")[1]["status"] == "Online"
    status, answer = request(server, "POST", "/sql", {"query": "SELECT DB_NAME() AS db", "database": "Sales"})
    assert (status, answer["results"][0]["rows"]) == (200, [["sales"]])
    assert request(server, "PATCH", "/sql-pools/sales", {"sku": {"name": "DW100c"}})[1]["sku"] == {"name": "DW100c"}
    status, problem = request(server, "GET", "/sql-pools/sale")
    assert (status, problem["hint"]) == (404, "Did you mean 'sales'?")
    assert request(server, "DELETE", "/sql-pools/sales") == (204, {})
    paths = request(server, "GET", "/openapi.json")[1]["paths"]
    assert paths["/sql-pools/{name}/pause"]["post"]["x-tarn-action"] == "sqlPools/pause/action"


def test_a_reader_sees_pools_and_changes_none(server):
    server.ok("sql-pool", "create", "sales")
    principal = request(server, "POST", "/identity/principals", {"name": "rita", "kind": "service"})[1]["id"]
    request(server, "POST", "/identity/roles/grant", {"principal_id": principal, "role": "reader", "scope": "/"})
    token = request(server, "POST", f"/identity/principals/{principal}/tokens", {})[1]["token"]
    assert request(server, "GET", "/sql-pools", token=token)[0] == 200
    for method, path, body in (("PUT", "/sql-pools/x", {}), ("DELETE", "/sql-pools/sales", None),
                               ("POST", "/sql-pools/sales/pause", None),
                               ("PATCH", "/sql-pools/sales", {"sku": {"name": "DW200c"}})):
        status, problem = request(server, method, path, body, token=token)
        assert (status, problem["code"]) == (403, "PermissionDenied")
        assert "sqlPools/" in problem["detail"]
    # With the role on the one pool alone.
    request(server, "POST", "/identity/roles/grant",
            {"principal_id": principal, "role": "contributor", "scope": "/databases/sales"})
    assert request(server, "POST", "/sql-pools/SALES/pause", token=token)[0] == 200
    assert request(server, "PUT", "/sql-pools/x", {}, token=token)[0] == 403


def test_a_pool_in_use_is_not_paused(server):
    server.ok("sql-pool", "create", "sales")
    fill(server, "sales")
    session = request(server, "POST", "/sql/sessions", {"database": "sales"})[1]["session"]
    request(server, "POST", "/sql", {"session": session, "query": "BEGIN TRAN; UPDATE dbo.trips SET name = 'x'"})
    status, problem = request(server, "POST", "/sql-pools/sales/pause")
    assert (status, problem["code"]) == (412, "Conflict")
    assert "in use by 1 statement or transaction" in problem["detail"]
    assert server.json("sql-pool", "show", "sales")["status"] == "Online"
    request(server, "POST", "/sql", {"session": session, "query": "ROLLBACK"})
    assert request(server, "POST", "/sql-pools/sales/pause")[0] == 200


def test_a_backup_has_the_pools(either, binary, tmp_path):
    tarn = either
    tarn.ok("sql-pool", "create", "sales", "--performance-level", "DW500c")
    tarn.ok("sql-pool", "create", "archive")
    fill(tarn, "sales")
    fill(tarn, "archive", 2)
    tarn.ok("sql", "-d", "sales", "CREATE VIEW dbo.first_trip AS SELECT MIN(id) AS id FROM dbo.trips")
    tarn.ok("sql", "-d", "sales", "CREATE WORKLOAD GROUP wg WITH (REQUEST_MIN_RESOURCE_GRANT_PERCENT = 25)")
    tarn.ok("sql-pool", "pause", "archive")
    summary = tarn.json("backup", str(tmp_path / "b.tar"))
    assert (summary["pools"], summary["pools_left_out"]) == (2, [])
    fill(tarn, "default")  # what comes later is not in it
    tarn.ok("sql", "-d", "sales", "DELETE FROM dbo.trips")

    restored = Tarn(binary, tmp_path / "restored")
    assert restored.json("restore", str(tmp_path / "b.tar"))["pools"] == 2
    assert [(pool["name"], pool["status"]) for pool in restored.json("sql-pool", "list")] == [
        ("archive", "Paused"), ("sales", "Online")]
    assert len(trips(restored, "sales")) == 3
    assert restored.sql("SELECT id FROM dbo.first_trip", "sales") == [{"id": 0}]
    assert restored.sql("SELECT name FROM sys.workload_management_workload_groups WHERE group_id > 12", "sales") == [
        {"name": "wg"}]
    restored.ok("sql-pool", "resume", "archive")
    assert len(trips(restored, "archive")) == 2
    report = restored.json("check")
    assert (report["pools"], report["findings"]) == (2, [])
    assert len(trips(tarn, "archive") if tarn.ok("sql-pool", "resume", "archive") == "" else []) == 2


def test_a_folder_backup_restores_too(tarn, binary, tmp_path):
    tarn.ok("sql-pool", "create", "sales")
    fill(tarn, "sales")
    tarn.ok("backup", str(tmp_path / "copy"))
    restored = Tarn(binary, tmp_path / "restored")
    restored.ok("restore", str(tmp_path / "copy"))
    assert trips(restored, "sales") == trips(tarn, "sales")


def test_check_finds_what_is_damaged(tarn):
    tarn.ok("sql-pool", "create", "gone")
    tarn.ok("sql-pool", "create", "torn")
    tarn.ok("sql-pool", "create", "whole")
    for pool in ("torn", "whole"):
        fill(tarn, pool, 100)
    tarn.ok("sql-pool", "pause", "torn")
    (tarn.home / "pools" / "gone.duckdb").unlink()
    torn = tarn.home / "pools" / "torn.duckdb"
    torn.write_bytes(b"\0" * 12288 + torn.read_bytes()[12288:])
    done = tarn.run("check", "-o", "json")
    assert done.returncode == 1
    report = json.loads(done.stdout)
    found = {finding["name"]: finding["problem"] for finding in report["findings"]}
    assert set(found) == {"gone", "torn"}
    assert found["gone"] == "The file of the SQL pool 'gone' is gone."
    assert "cannot be opened" in found["torn"]
    assert report["pools"] == 3
    assert "3 SQL pools: 2 problems" in done.stderr.decode()
    assert "is gone" in refusal(tarn, "sql", "-d", "gone", "SELECT * FROM dbo.trips", code=1)
    assert len(trips(tarn, "whole")) == 100
    tarn.ok("sql-pool", "delete", "gone")


def test_a_pool_half_made_is_swept_at_start(tarn):
    tarn.ok("sql-pool", "create", "sales")
    pools = tarn.home / "pools"
    (pools / "half.duckdb").write_bytes(b"half")
    (pools / ".tarn-tmp-1.duckdb").write_bytes(b"half")
    with sqlite3.connect(tarn.home / "tarn.db") as store:
        store.execute("INSERT INTO sql_pools SELECT workspace_id, 'half', 'half', performance_level, collation, "
                      "'Creating', server_id, created_at, created_by FROM sql_pools")
    store.close()
    tarn.serve()
    assert [pool["name"] for pool in tarn.json("sql-pool", "list")] == ["sales"]
    assert [file.name for file in pools.iterdir() if "wal" not in file.name] == ["sales.duckdb"]


def test_completion_knows_pools(tarn):
    tarn.ok("sql-pool", "create", "sales")
    assert tarn.ok("complete", "--", "sql-pool", "pause", "s").split() == ["sales", "Online"]
    assert "sales" in tarn.ok("complete", "--", "sql", "-d", "").split()
    assert tarn.ok("complete", "--", "sql-pool", "create", "x", "--performance-level", "DW30").split() == [
        "DW300c", "DW3000c", "DW30000c"]
