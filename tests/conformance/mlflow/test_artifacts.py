"""Files of runs through MLflow's client, and what must not get through."""

from __future__ import annotations

import http.client
import os
import urllib.parse
from pathlib import Path

import mlflow
import pytest
from conftest import memory_max
from test_experiments import refused


def test_files_and_folders(client, experiment, tmp_path):
    (tmp_path / "folder" / "deep").mkdir(parents=True)
    (tmp_path / "folder" / "deep" / "b.bin").write_bytes(os.urandom(100_000))
    (tmp_path / "folder" / "a ä.txt").write_text("a")
    mlflow.set_experiment(experiment_id=experiment)
    with mlflow.start_run() as active:
        mlflow.log_text("hello", "texts/a.txt")
        mlflow.log_dict({"a": [1]}, "d.json")
        mlflow.log_artifacts(str(tmp_path / "folder"), "all")
        mlflow.log_artifact(str(tmp_path / "folder" / "a ä.txt"))
        mlflow.log_table({"x": [1, 2]}, "table.json")
    run = active.info.run_id
    assert [each.path for each in client.list_artifacts(run)] == ["a ä.txt", "all", "d.json", "table.json", "texts"]
    assert [(each.path, each.is_dir, each.file_size) for each in client.list_artifacts(run, "all")] == [
        ("all/a ä.txt", False, 1), ("all/deep", True, None)]
    assert client.list_artifacts(run, "d.json") == [] and client.list_artifacts(run, "nothing") == []
    assert mlflow.artifacts.load_text(f"runs:/{run}/texts/a.txt") == "hello"
    assert mlflow.artifacts.load_dict(f"{active.info.artifact_uri}/d.json") == {"a": [1]}
    fetched = mlflow.artifacts.download_artifacts(run_id=run, artifact_path="all", dst_path=str(tmp_path))
    assert (tmp_path / "all" / "deep" / "b.bin").read_bytes() == (tmp_path / "folder" / "deep" / "b.bin").read_bytes(), fetched
    assert mlflow.load_table("table.json", run_ids=[run])["x"].tolist() == [1, 2]


def test_a_file_is_replaced_whole(client, run):
    client.log_text(run, "first", "a.txt")
    client.log_text(run, "second", "a.txt")
    assert mlflow.artifacts.load_text(f"runs:/{run}/a.txt") == "second"


def test_an_empty_file(client, run):
    client.log_text(run, "", "empty")
    assert client.list_artifacts(run)[0].file_size == 0
    assert mlflow.artifacts.load_text(f"runs:/{run}/empty") == ""


def raw(server, method: str, path: str, body: bytes = b"", **headers):
    """A request whose path goes out as it stands."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for key, value in {"Content-Length": str(len(body)), **headers}.items():
        connection.putheader(key, value)
    connection.endheaders(body)
    response = connection.getresponse()
    return response.status, response.read(), response


def test_ranges_and_deletion(client, server, experiment, run):
    client.log_text(run, "0123456789", "digits.txt")
    path = f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/digits.txt"
    assert raw(server, "GET", path)[:2] == (200, b"0123456789")
    status, body, response = raw(server, "GET", path, Range="bytes=2-4")
    assert (status, body, response.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert raw(server, "GET", f"/get-artifact?run_id={run}&path=digits.txt")[1] == b"0123456789"
    assert raw(server, "DELETE", path)[0] == 200
    assert raw(server, "GET", path)[0] == 404
    assert client.list_artifacts(run) == []


ESCAPES = [
    "..", "../x", "a/../../x", "%2e%2e/x", "..%2fx", "%2e%2e%2fx", "a/%2e%2e/%2e%2e/x", "..\\x", "%5c..%5cx", "..%5cx", "a//..//x",
    "%252e%252e/x", "x%00y", "%c0%ae%c0%ae/x", ".%2e/x", "a/..", "a/./../../x", "%2fetc/passwd", "/etc/passwd", "C:%5cx", "a%0ab",
]


@pytest.mark.parametrize("escape", ESCAPES)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_no_path_leads_out(server, run, escape, method):
    """What is refused is refused as a wrong path; what is taken as a plain name stays within."""
    status, body, _ = raw(server, method, f"/api/2.0/mlflow-artifacts/artifacts/{escape}", b"x")
    assert status < 500, body
    lake = server.home / "lake"
    assert not (lake / "x").exists() and not (server.home / "x").exists() and not (server.home.parent / "x").exists()
    assert (server.home / "tarn.db").exists()


@pytest.mark.parametrize("escape", ["..", "../x", "a/../../x", "/etc/passwd", "a/..", "..\\x"])
def test_no_listing_leads_out(rest, run, escape):
    status, answer = rest("GET", f"artifacts/list?run_id={run}&path={urllib.parse.quote(escape, safe='')}")
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer


def test_what_is_not_there(client, run):
    with refused("RESOURCE_DOES_NOT_EXIST"):
        mlflow.artifacts.load_text(f"runs:/{run}/nothing.txt")


def test_a_large_file_in_constant_memory(client, server, experiment, run, tmp_path):
    size = 200 << 20
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(size)
    client.log_artifact(run, str(path))
    assert client.list_artifacts(run)[0].file_size == size
    fetched = mlflow.artifacts.download_artifacts(run_id=run, artifact_path="large.bin", dst_path=str(tmp_path / "out"))
    assert os.path.getsize(fetched) == size
    peak_kib = int(Path(f"/proc/{server.server.pid}/status").read_text().split("VmHWM:")[1].split()[0])
    assert peak_kib < memory_max(size / 1024)
