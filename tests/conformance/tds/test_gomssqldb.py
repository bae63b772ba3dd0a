import datetime as dt

import pytest
from clients.model import ABILITIES, Answer, Options
from clients.program import Program, ProgramClient, answer_of
from conftest import CLIENTS
from suite import CONNECTIONS, ClientSuite


class GoMssqldb(ProgramClient):
    name = "go-mssqldb"
    can = frozenset(ABILITIES)

    def pooled(self, statements):
        answer = self.program.ask("pooled", statements=statements, **self.target(), **vars(Options()))
        return [Answer([result]) for result in answer_of(answer).results]


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
