import pytest
from clients.with_odbc import MssqlPython
from suite import ClientSuite


class TestMssqlPython(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address):
        return MssqlPython(address)
