"""One server for all clients; each test has tables of its own."""

from __future__ import annotations

import importlib.util
import signal
import urllib.request
from pathlib import Path

import pytest
from clients.model import Address

_spec = importlib.util.spec_from_file_location("e2e_conftest", Path(__file__).parents[2] / "e2e" / "conftest.py")
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)

binary = _e2e.binary
ROOT = _e2e.ROOT
CLIENTS = ROOT / ".sql-clients"  # made by ./dev: those that are no Python
SPARK = ROOT / ".venv-spark"
EXAMPLE = _e2e.EXAMPLE
wait_until = _e2e.wait_until


class SqlServer(_e2e.Tarn):
    """A server whose SQL port is open; `address` says where."""

    address: Address

    def serve(self, *arguments: str, **more: str) -> str:
        url = super().serve(*arguments, **more)
        host, _, port = self.sql_address.rpartition(":")
        certificate = self.home.parent / "certificate.pem"
        certificate.write_text(self.ok("tls", "export"))
        self.address = Address(host, int(port), certificate)
        return url

    def count(self, table: str) -> int:
        """The rows of a table as others see it: not over TDS."""
        return self.sql(f"SELECT COUNT(*) AS n FROM dbo.{table}")[0]["n"]

    def metrics(self) -> str:
        with urllib.request.urlopen(self.url.rstrip("/") + "/metrics") as answer:
            return answer.read().decode()


def started(binary: str, folder: Path, *arguments: str) -> SqlServer:
    server = SqlServer(binary, folder / "home")
    server.serve(*arguments)
    return server


@pytest.fixture(scope="session")
def server(binary, tmp_path_factory):
    server = started(binary, tmp_path_factory.mktemp("tds"))
    yield server
    assert server.stop() == 0, "the server stops cleanly"


@pytest.fixture(scope="session")
def address(server) -> Address:
    return server.address


@pytest.fixture
def own_server(binary, tmp_path):
    """A server that a test may load, measure and kill."""
    server = started(binary, tmp_path)
    yield server
    if server.server:
        server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def strict_server(binary, tmp_path_factory):
    """One that trusts nobody without a login."""
    server = started(binary, tmp_path_factory.mktemp("strict"), "--require-login")
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="session")
def strict_address(strict_server) -> Address:
    return strict_server.address


@pytest.fixture(scope="session")
def strict_token(strict_server) -> str:
    return (strict_server.home / "run" / "token").read_text().strip()
