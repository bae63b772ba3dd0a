import pytest
from clients.with_odbc import Pyodbc
from suite import ClientSuite


class TestPyodbc(ClientSuite):
    @pytest.fixture(scope="class")
    def client(self, address):
        return Pyodbc(address)
