import datetime as dt
import math
import uuid
from decimal import Decimal

import pytest
from clients.model import ALL_CAN, Options
from clients.program import Program, ProgramClient
from conftest import CLIENTS
from suite import CONNECTIONS, ClientSuite


class Tedious(ProgramClient):
    """Numbers of JavaScript are floats, its moments have no offset."""

    name = "tedious"
    can = ALL_CAN | {"off", "on", "strict", "verify on", "verify strict", "parameters", "call", "output", "status", "bulk", "cancel", "timeout",
                     "reconnect", "manual", "messages", "packet", "pool"}
    cannot = {
        "login": "what it calls off: its driver encrypts the login then",
    }

    def pooled(self, statements):
        """It leaves pools to others, which reset() its connections."""
        connection = self.connect(Options())
        answers = []
        for statement in statements:
            answers.append(connection.query(statement))
            connection.reset()
        connection.close()
        return answers

    def shows(self, sql_type, value):
        if isinstance(value, Decimal):
            return float(value)
        if isinstance(value, dt.datetime) and value.tzinfo:
            return value.astimezone(dt.UTC).replace(tzinfo=None)
        return value

    def same(self, expected, seen):
        if isinstance(expected, float) and isinstance(seen, float):
            return math.isclose(expected, seen, rel_tol=1e-15)  # it puts decimals together by floating-point sums
        return super().same(expected, seen)

    def parameter(self, sql_type, value):
        if isinstance(value, Decimal) and Decimal(float(value)) != value and len(value.as_tuple().digits) > 15:
            return NotImplemented
        return value


@pytest.fixture(scope="module")
def program():
    program = Program(["node", "client.js"], CLIENTS / "tedious")
    yield program
    program.stop()


class TestTedious(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address, program):
        return Tedious(address, program)

    def test_many_at_once_in_one_program(self, client):
        answer = client.program.ask("many", count=CONNECTIONS, **client.target(), **vars(Options()))
        assert [result["rows"] for result in answer["results"]] == [[[["int", str(n)]]] for n in range(CONNECTIONS)]

    def test_a_prepared_statement(self, connection):
        rows = [[n, None if n % 7 == 0 else f"ж{n}", Decimal(n) / 4] for n in range(100)]
        answer = connection.prepared("SELECT ? + 1 AS n, ? AS t, CAST(? AS decimal(9,2)) AS d", rows)
        seen = [result.rows[0] for result in answer.results]
        assert seen == [(n + 1, text, float(number)) for n, text, number in rows]

    def test_an_identifier_as_text(self, connection):
        text = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
        assert connection.query("SELECT ? AS u", [uuid.UUID(text)]).value() == uuid.UUID(text)
