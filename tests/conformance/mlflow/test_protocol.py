"""Requests as no client sends them: never a 500, always MLflow's form of an error."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

import pytest

POSTS = ["experiments/create", "experiments/delete", "experiments/restore", "experiments/update", "experiments/set-experiment-tag",
         "experiments/delete-experiment-tag", "experiments/search", "runs/create", "runs/update", "runs/delete", "runs/restore",
         "runs/search", "runs/log-metric", "runs/log-parameter", "runs/log-batch", "runs/log-inputs", "runs/outputs", "runs/log-model",
         "runs/set-tag", "runs/delete-tag", "logged-models", "logged-models/search"]
BODIES = [b"", b"{", b"[]", b"[1, 2]", b"null", b"1", b'"text"', b'"{\\"a\\": 1}"', b"\xff\xfe", b'{"run_id": 5}', b'{"run_id": [1]}',
          b'{"run_id": {"a": 1}}', b'{"experiment_id": 1.5}', b'{"name": {"a": []}}', b'{"metrics": 5}', b'{"run_id": "a", "metrics": [5]}',
          b'{"run_id": "a", "metrics": [{"key": "k", "value": "x", "timestamp": 1}]}',
          b'{"run_id": "a", "key": "k", "value": true, "timestamp": "z"}', b'{"max_results": "many", "experiment_ids": ["0"]}',
          b'{"experiment_ids": "0", "filter": 5}', b'{"run_id": "' + b"a" * 10_000 + b'"}', b"[" * 5000, b'{"a": ' * 300 + b"1" + b"}" * 300]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bodies_that_are_none(rest, path, body):
    status, answer = rest("POST", path, body)
    assert status < 500, answer
    if status != 200:
        assert set(answer) == {"error_code", "message"} and answer["message"], answer


@pytest.mark.parametrize(("method", "path", "version"), [
    ("GET", "gateway/endpoints/list", "3.0"), ("POST", "review-queues/create", "3.0"), ("POST", "promptlab", "2.0"),
    ("GET", "nothing/of/the/kind", "2.0"), ("DELETE", "experiments/create", "2.0"),
])
def test_what_is_not_here_says_so(rest, method, path, version):
    status, answer = rest(method, path, {} if method != "GET" else None, version=version)
    assert status in (405, 501)
    if status == 501:
        assert answer["error_code"] == "NOT_IMPLEMENTED" and path in answer["message"]


def test_content_types(server, rest):
    request = urllib.request.Request(f"{server.url}/api/2.0/mlflow/experiments/search", b"{}", {"Content-Type": "text/plain"})
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(request, timeout=60)
    assert json.loads(error.value.read())["message"] == "Bad Request. Content-Type must be one of ['application/json']."
    assert rest("POST", "experiments/search", {}, headers={"Content-Type": "application/json; charset=utf-8"})[0] == 200


def test_missing_and_wrong_parameters_are_named(rest, run):
    for body, message in [
        ({}, "Missing value for required parameter 'run_id'. See the API docs"),
        ({"run_id": run}, "Missing value for required parameter 'key'."),
        ({"run_id": run, "key": 5}, "Invalid value 5 for parameter 'key' supplied:  Hint: Value was of type 'int'."),
        ({"run_id": run, "key": "k"}, "Missing value for required parameter 'value'."),
        ({"run_id": run, "key": "k", "value": "high", "timestamp": 1}, "Invalid value \"high\" for parameter 'value'"),
        ({"run_id": run, "key": "k", "value": 1}, "Missing value for required parameter 'timestamp'."),
        ({"run_id": run, "key": "k", "value": 1, "timestamp": -1}, "Timestamp must be a nonnegative long"),
        ({"run_id": run, "key": "k", "value": 1, "timestamp": 2**63}, "'timestamp'"),
        ({"run_id": run, "key": "k", "value": 1, "timestamp": 1, "step": 1.5}, "'step'"),
    ]:
        status, answer = rest("POST", "runs/log-metric", body)
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE") and message in answer["message"], answer


def test_the_twin_for_the_web_app_and_the_server_itself(server, rest):
    assert rest("GET", f"{server.url}/ajax-api/2.0/mlflow/experiments/get?experiment_id=0")[0] == 200
    status, info = rest("GET", "server-info", version="3.0")
    assert status == 200 and set(info) == {
        "store_type", "workspaces_enabled", "trace_archival_enabled", "multipart_uploads_enabled", "multipart_downloads_enabled",
        "presigned_upload_run_id_supported", "presigned_upload_model_id_supported", "features_enabled"}
    with urllib.request.urlopen(f"{server.url}/health", timeout=60) as response:
        assert response.read() == b"OK"
    with urllib.request.urlopen(f"{server.url}/version", timeout=60) as response:
        assert response.read() == b"3.17.2"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_no_other_site_gets_in(rest, headers):
    """A page of another site, or one whose name was bound to this machine, is nobody's owner."""
    status, answer = rest("POST", "experiments/create", {"name": "stolen"}, headers=headers)
    assert (status, answer["error_code"]) == (401, "UNAUTHENTICATED")


def test_tokens(server, rest):
    token = (server.home / "run" / "token").read_text().strip()
    basic = base64.b64encode(f"anybody:{token}".encode()).decode()
    for header in [f"Bearer {token}", f"Basic {basic}"]:
        # Trust of this machine does not count for another name of the server, the token does.
        headers = {"Authorization": header, "Host": "tracking.example"}
        assert rest("GET", "experiments/get?experiment_id=0", headers=headers)[0] == 200
    for header in ["Bearer nonsense", "Basic nonsense", "Basic " + base64.b64encode(b"a:b").decode(), "Digest a"]:
        status, answer = rest("GET", "experiments/get?experiment_id=0", headers={"Authorization": header})
        assert (status, answer["error_code"]) == (401, "UNAUTHENTICATED")
