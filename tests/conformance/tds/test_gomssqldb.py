import datetime as dt

import pytest
from clients.model import Options
from clients.program import Program, ProgramClient
from conftest import CLIENTS
from suite import CONNECTIONS, ClientSuite


class GoMssqldb(ProgramClient):
    name = "go-mssqldb"
    can = frozenset({"off", "login", "on", "strict", "verify", "parameters", "call", "output", "status", "bulk", "cancel", "timeout",
                     "manual", "messages", "packet"})


@pytest.fixture(scope="module")
def program():
    program = Program([str(CLIENTS / "gomssqldb" / "client")])
    yield program
    program.stop()


class TestGoMssqldb(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address, program):
        return GoMssqldb(address, program)

    def test_many_at_once_in_one_program(self, client):
        answer = client.program.ask("many", count=CONNECTIONS, **client.target(), **vars(Options()))
        assert [result["rows"] for result in answer["results"]] == [[[["int", str(n)]]] for n in range(CONNECTIONS)]

    def test_a_prepared_statement(self, connection):
        rows = [[n, None if n % 7 == 0 else f"ж{n}", dt.date(2024, 1, 1) + dt.timedelta(days=n)] for n in range(100)]
        answer = connection.prepared("SELECT ? + 1 AS n, ? AS t, CAST(? AS date) AS d", rows)
        assert [result.rows[0] for result in answer.results] == [(n + 1, text, day) for n, text, day in rows]

    def test_what_a_pool_hands_out_is_as_new(self, client):
        statements = ["CREATE TABLE #mine (id int); SET DATEFIRST 1; SELECT 1 AS one", "USE master; BEGIN TRANSACTION; SELECT 2 AS two",
                      "SELECT OBJECT_ID('tempdb..#mine') AS id, @@TRANCOUNT AS n, DB_NAME() AS d, @@DATEFIRST AS f, @@SPID AS s",
                      "SELECT @@SPID AS s"]
        answer = client.program.ask("pooled", statements=statements, **client.target(), **vars(Options()))
        seen, again = answer["results"][-2:]
        assert seen["rows"][0][:4] == [None, ["int", "0"], ["str", "default"], ["int", "7"]]
        assert seen["rows"][0][4] == again["rows"][0][0], "of one connection"
