from decimal import Decimal

import pytest
from clients.model import Options
from clients.with_pymssql import Pymssql
from suite import ClientSuite, fresh


class TestPymssql(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address):
        return Pymssql(address)

    def test_output_parameters_of_a_procedure_without_results(self, client):
        connection = client.connect(Options())
        procedure = fresh("p")
        connection.query(f"CREATE PROCEDURE dbo.{procedure} @a int, @twice int OUTPUT, @money decimal(19,4) OUTPUT AS\nBEGIN\n"
                         "  SET @twice = @a * 2\n  SET @money = @a / 8.0\n  RETURN @a + 1\nEND")
        answer = connection.call(f"dbo.{procedure}", {"a": 21}, {"twice": "int", "money": "decimal(19,4)"})
        assert answer.outputs["twice"] == 42
        assert Decimal(answer.outputs["money"]) == Decimal("2.625")
        assert answer.status == 22
        connection.close()
