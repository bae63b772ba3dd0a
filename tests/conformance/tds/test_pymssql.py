import pytest
from clients.with_pymssql import Pymssql
from suite import ClientSuite


class TestPymssql(ClientSuite):
    @pytest.fixture(scope="class")
    def client(self, address):
        return Pymssql(address)
