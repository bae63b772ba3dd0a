import pytest
from clients.with_pytds import Pytds
from suite import ClientSuite


class TestPytds(ClientSuite):
    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, address):
        return Pytds(address)
