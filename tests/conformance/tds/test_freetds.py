"""FreeTDS' own programs: tsql, bsqldb and freebcp."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from suite import BULK_ROWS, fresh

USER = ["-U", "sa", "-P", "Sommer-2026"]


@pytest.fixture(scope="module")
def servers(address, tmp_path_factory) -> Path:
    """freetds.conf: a server named by each version of the protocol, and by each way to encrypt."""
    missing = [program for program in ("tsql", "bsqldb", "freebcp") if not shutil.which(program)]
    assert not missing, f"{missing} are not there: ./dev setup installs freetds-bin"
    kinds = {**{f"tds{version}": f"tds version = {version}\n\tencryption = off" for version in ("7.1", "7.2", "7.3", "7.4")},
             **{name: f"tds version = 7.4\n\tencryption = {name}" for name in ("off", "request", "require")},
             "verified": f"tds version = 7.4\n\tencryption = require\n\tca file = {address.certificate}\n\t"
                         "check certificate hostname = no"}
    path = tmp_path_factory.mktemp("freetds") / "freetds.conf"
    path.write_text("[global]\n\tclient charset = UTF-8\n\ttext size = 4194304\n" + "".join(
        f"[{name}]\n\thost = {address.host}\n\tport = {address.port}\n\t{kind}\n" for name, kind in kinds.items()))
    return path


def run(servers: Path, *command: str, text: str = "") -> subprocess.CompletedProcess:
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "FREETDSCONF": str(servers), "LC_ALL": "C.UTF-8"})


def bsqldb(servers: Path, script: str, server: str = "require") -> str:
    done = run(servers, "bsqldb", "-S", server, *USER, "-D", "default", "-q", "-t", "|", text=script)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", ["off", "request", "require", "verified", "tds7.1", "tds7.2", "tds7.3", "tds7.4"])
def test_tsql_connects(servers, name):
    done = run(servers, "tsql", "-S", name, *USER, "-D", "default", text="SELECT 6 * 7 AS answer, DB_NAME() AS db\ngo\nexit\n")
    assert done.returncode == 0, done.stderr
    assert "42\tdefault" in done.stdout
    assert "(1 row affected)" in done.stdout


@pytest.mark.parametrize("name", ["tds7.1", "tds7.2", "tds7.3", "tds7.4"])
def test_every_version_gets_types_that_it_knows(servers, name):
    """What a version does not know comes as SQL Server sends it then: dates as text, (max) as text and image."""
    done = run(servers, "tsql", "-S", name, *USER, "-D", "default", "-o", "q", text=(
        "SELECT CAST('2024-02-29' AS date), CAST('12:34:56.7' AS time(7)), CAST('2024-02-29 12:34:56.1234560' AS datetime2(7)), "
        "CAST('2024-02-29 12:34:56 +05:30' AS datetimeoffset(0)), CAST('größe' AS varchar(max)), CAST(N'日本' AS nvarchar(max)), "
        "CAST(0xCAFE AS varbinary(max)), CAST(1.50 AS decimal(9,2)), CAST(NULL AS date), CAST(NULL AS nvarchar(max))\ngo\nexit\n"))
    (line,) = (line for line in done.stdout.splitlines() if "1.50" in line)
    cells = line.split("\t")
    if name in ("tds7.1", "tds7.2"):
        assert cells[:4] == ["2024-02-29", "12:34:56.7000000", "2024-02-29 12:34:56.1234560", "2024-02-29 12:34:56 +05:30"]
    assert cells[4:6] == ["größe", "日本"]
    assert cells[6].lower().removeprefix("0x") == "cafe"
    assert cells[7:] == ["1.50", "NULL", "NULL"]


def test_tsql_shows_messages_and_errors(servers):
    done = run(servers, "tsql", "-S", "require", *USER, "-D", "default",
               text="PRINT 'hello'\nRAISERROR('bad %d', 16, 5, 7)\ngo\nSELECT 1 / 0\ngo\nSELECT 5 AS five\ngo\nexit\n")
    both = done.stdout + done.stderr
    assert "hello" in both
    assert "Msg 50000 (severity 16, state 5) from" in both
    assert "bad 7" in both
    assert "Msg 8134 (severity 16, state 1) from" in both
    assert "Line 1" in both
    assert "\n5\n" in both


def test_bsqldb_runs_a_script(servers):
    table = fresh("script")
    seen = bsqldb(servers, f"CREATE TABLE dbo.{table} (id int, name nvarchar(20))\ngo\nINSERT INTO dbo.{table} VALUES (1, N'größe'), "
                  f"(2, NULL)\ngo\nSELECT * FROM dbo.{table} ORDER BY id\nSELECT COUNT(*) FROM dbo.{table}\ngo\nDROP TABLE dbo.{table}\ngo\n")
    assert [[cell.strip() for cell in line.split("|")] for line in seen.splitlines() if line.strip()] == [
        ["1", "größe"], ["2", "NULL"], ["2"]]


def test_bsqldb_runs_transactions(servers, server):
    table = fresh("tran")
    bsqldb(servers, f"CREATE TABLE dbo.{table} (id int)\ngo\nBEGIN TRANSACTION\nINSERT INTO dbo.{table} VALUES (1)\ngo\nROLLBACK\ngo\n"
           f"BEGIN TRANSACTION\ngo\nINSERT INTO dbo.{table} VALUES (2), (3)\ngo\nCOMMIT\ngo\n"
           f"BEGIN TRANSACTION\nINSERT INTO dbo.{table} VALUES (4)\ngo\n")  # without an end
    assert server.count(table) == 2


def test_freebcp_in_and_out(servers, tmp_path, server):
    table = fresh("bcp")
    bsqldb(servers, f"CREATE TABLE dbo.{table} (id int, big bigint, name nvarchar(40), price decimal(12,3), ratio float, day date, "
           "flag bit)\ngo\n")
    rows = [f"{n}|{n * 10_000_000_000}|näme {n}|{n / 8:.3f}|{n / 4}|2024-02-{n % 28 + 1:02}|{n % 2}" if n % 10 else f"{n}||||||"
            for n in range(BULK_ROWS)]
    (tmp_path / "in.txt").write_text("\n".join(rows) + "\n")
    done = run(servers, "freebcp", f"default.dbo.{table}", "in", str(tmp_path / "in.txt"), "-S", "require", *USER, "-c", "-t", "|",
               "-b", str(BULK_ROWS + 1))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{BULK_ROWS} rows copied" in done.stdout
    totals = server.sql(f"SELECT COUNT(*) AS n, COUNT(name) AS named, SUM(CAST(id AS bigint)) AS ids, "
                        f"SUM(CASE WHEN name = N'näme ' + CAST(id AS nvarchar(10)) AND big = id * CAST(10000000000 AS bigint) AND "
                        f"price = id / 8.0 AND ratio = id / CAST(4 AS float) THEN 1 ELSE 0 END) AS good FROM dbo.{table}")
    named = BULK_ROWS - (BULK_ROWS + 9) // 10
    assert totals == [{"n": BULK_ROWS, "named": named, "ids": sum(range(BULK_ROWS)), "good": named}]
    done = run(servers, "freebcp", f"default.dbo.{table}", "out", str(tmp_path / "out.txt"), "-S", "require", *USER, "-c", "-t", "|")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len((tmp_path / "out.txt").read_text().splitlines()) == BULK_ROWS


@pytest.mark.parametrize("size", [512, 32767])
def test_freebcp_with_packets_of_another_size(servers, tmp_path, server, size):
    table = fresh("bcp")
    bsqldb(servers, f"CREATE TABLE dbo.{table} (id int, name varchar(200))\ngo\n")
    (tmp_path / "in.txt").write_text("".join(f"{n}|{'x' * 150}\n" for n in range(1000)))
    for direction, file in (("in", "in.txt"), ("out", "out.txt")):
        done = run(servers, "freebcp", f"default.dbo.{table}", direction, str(tmp_path / file), "-S", "off", *USER, "-c", "-t", "|",
                   "-A", str(size), "-b", "5000")
        assert done.returncode == 0, done.stdout + done.stderr
    assert server.count(table) == 1000
    assert sorted((tmp_path / "out.txt").read_text().splitlines()) == sorted((tmp_path / "in.txt").read_text().splitlines())


def test_freebcp_of_wrong_rows_leaves_nothing(servers, tmp_path, server):
    table = fresh("bcp")
    bsqldb(servers, f"CREATE TABLE dbo.{table} (id int NOT NULL, name nvarchar(20) NOT NULL)\ngo\n")
    (tmp_path / "in.txt").write_text("".join(f"{n}|n{n}\n" for n in range(1000)) + "1|\n")  # NULL
    run(servers, "freebcp", f"default.dbo.{table}", "in", str(tmp_path / "in.txt"), "-S", "require", *USER, "-c", "-t", "|", "-b", "5000")
    assert server.count(table) == 0
