"""One server for all tests of the storage API; each test has a container of its own."""

from __future__ import annotations

import importlib.util
import signal
import uuid
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient
from azure.storage.filedatalake import DataLakeServiceClient

_spec = importlib.util.spec_from_file_location("e2e_conftest", Path(__file__).parents[2] / "e2e" / "conftest.py")
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)

binary = _e2e.binary
ACCOUNT = "tarn"


@pytest.fixture(scope="session")
def server(binary, tmp_path_factory):
    tarn = _e2e.Tarn(binary, tmp_path_factory.mktemp("storage") / "home")
    tarn.serve()
    yield tarn
    assert tarn.stop() == 0, "the server stops cleanly"


@pytest.fixture
def own_server(binary, tmp_path):
    """A server that a test may stop and start."""
    tarn = _e2e.Tarn(binary, tmp_path / "home")
    tarn.serve()
    yield tarn
    if tarn.server:
        tarn.stop(signal.SIGKILL)


def key_of(tarn) -> str:
    return tarn.ok("storage", "key").strip()


@pytest.fixture(scope="session")
def key(server) -> str:
    return key_of(server)


@pytest.fixture(scope="session")
def url(server) -> str:
    return f"{server.url}/{ACCOUNT}"


@pytest.fixture(scope="session")
def blobs(server, url, key) -> BlobServiceClient:
    connection = server.ok("storage", "connection-string", "--endpoint", server.url).strip()
    return BlobServiceClient.from_connection_string(connection, retry_total=0)


@pytest.fixture(scope="session")
def lake(url, key) -> DataLakeServiceClient:
    return DataLakeServiceClient(url, credential={"account_name": ACCOUNT, "account_key": key}, retry_total=0)


@pytest.fixture
def name() -> str:
    return "c" + uuid.uuid4().hex[:12]


@pytest.fixture
def container(blobs, name):
    return blobs.create_container(name)


@pytest.fixture
def filesystem(lake, container, name):
    return lake.get_file_system_client(name)
