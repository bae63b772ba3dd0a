import pytest
from clients.with_odbc import MssqlPython
from suite import ClientSuite


class TestMssqlPython(ClientSuite):
    @pytest.fixture(scope="class")
    def client(self, address):
        return MssqlPython(address)
