"""One server for all tests of MLflow's protocol; each test has an experiment of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

# Before the client is imported: no telemetry, no second tries of what was refused, no colours.
os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", MLFLOW_HTTP_REQUEST_MAX_RETRIES="0", GIT_PYTHON_REFRESH="quiet",
                  MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT="true", MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false")

import mlflow  # noqa: E402

_spec = importlib.util.spec_from_file_location("e2e_conftest", Path(__file__).parents[2] / "e2e" / "conftest.py")
_e2e = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_e2e)

binary = _e2e.binary
memory_max = _e2e.memory_max


@pytest.fixture(scope="session")
def server(binary, tmp_path_factory):
    tarn = _e2e.Tarn(binary, tmp_path_factory.mktemp("mlflow") / "home")
    tarn.serve("--sql", "off")
    yield tarn
    assert tarn.stop() == 0, "the server stops cleanly"


@pytest.fixture
def own_server(binary, tmp_path):
    """A server that a test may stop and start."""
    tarn = _e2e.Tarn(binary, tmp_path / "home")
    tarn.serve("--sql", "off")
    yield tarn
    if tarn.server:
        tarn.stop(signal.SIGKILL)


@pytest.fixture
def client(server) -> mlflow.MlflowClient:
    while mlflow.active_run():
        mlflow.end_run()
    mlflow.tracking.fluent._active_experiment_id = None
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
    return mlflow.MlflowClient(server.url, server.url)


@pytest.fixture
def name() -> str:
    return "e-" + uuid.uuid4().hex[:12]


@pytest.fixture
def experiment(client, name) -> str:
    """The id of an experiment that nobody else uses."""
    return client.create_experiment(name)


@pytest.fixture
def run(client, experiment) -> str:
    return client.create_run(experiment).info.run_id


class Rest:
    """Requests as they stand, for what no client would send."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, method: str, path: str, body=None, *, headers=None, version: str = "2.0"):
        """The status and the answer; a body of bytes goes out as it is."""
        url = path if path.startswith("http") else f"{self.url}/api/{version}/mlflow/{path}"
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.fixture
def rest(server) -> Rest:
    return Rest(server.url)
