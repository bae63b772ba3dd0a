import pytest
from clients.with_pytds import Pytds
from suite import ClientSuite


class TestPytds(ClientSuite):
    @pytest.fixture(scope="class")
    def client(self, address):
        return Pytds(address)
