import pytest
from clients.with_pymssql import Pymssql
from suite import ClientSuite


class TestPymssql(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address):
        return Pymssql(address)
