import pytest
from clients.with_odbc import Pyodbc
from suite import ClientSuite


class TestPyodbc(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address):
        return Pyodbc(address)
