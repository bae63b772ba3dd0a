"""The lab's SQL through bsqldb, pymssql, mssql-python, tedious, go-mssqldb and mssql-jdbc."""

from __future__ import annotations

import re

import lab
import pytest
import test_freetds
import test_gomssqldb
import test_jdbc
import test_tedious
from clients.model import Options
from clients.program import Program
from clients.with_jdbc import Java, Jdbc
from clients.with_odbc import MssqlPython
from clients.with_pymssql import Pymssql
from conftest import CLIENTS, EXAMPLE, SPARK
from suite import fresh

FORECAST = EXAMPLE / "weather-forecast.csv"
servers = test_freetds.servers


@pytest.fixture(scope="module")
def ready(server, tmp_path_factory):
    """The file in the lake and the model in the registry."""
    path = tmp_path_factory.mktemp("lab") / "model.onnx"
    path.write_bytes(lab.model())
    server.ok("lake", "put", str(FORECAST), "files/data/")
    server.ok("model", "register", lab.MODEL, str(path))


@pytest.fixture
def database(server, ready) -> str:
    name = fresh("lab")
    server.sql(f"CREATE DATABASE {name}")
    return name


def check(predicted: list[float]) -> None:
    assert sorted(predicted) == pytest.approx(lab.expected(FORECAST), rel=1e-5)


def run(client, database: str) -> None:
    connection = client.connect(Options())
    for batch in lab.batches(database):
        answer = connection.query(batch)
    assert answer.results[0].columns == ["mnth", "temp", "variable_out1"]
    check([row[2] for row in answer.results[0].rows])
    connection.close()


def test_bsqldb(servers, database):
    seen = test_freetds.bsqldb(servers, "".join(f"{batch}\ngo\n" for batch in lab.batches(database)))
    check([float(line.split("|")[2]) for line in seen.splitlines() if re.match(r"\w+ *\|", line)])


def test_pymssql(address, database):
    run(Pymssql(address), database)


def test_mssql_python(address, database):
    run(MssqlPython(address), database)


@pytest.mark.parametrize("module", [test_tedious, test_gomssqldb])
def test_programs(address, database, module):
    program = (Program(["node", "client.js"], CLIENTS / "tedious") if module is test_tedious
               else Program([str(CLIENTS / "gomssqldb" / "client")]))
    client = (module.Tedious if module is test_tedious else module.GoMssqldb)(address, program)
    run(client, database)
    program.stop()


@pytest.mark.skipif(bool(test_jdbc.WHY_NOT), reason=f"SKIPPED: {test_jdbc.WHY_NOT}")
def test_mssql_jdbc(address, database):
    java = Java(SPARK)
    run(Jdbc(address, java, None), database)
    java.stop()
