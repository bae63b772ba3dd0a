"""Registered models, their versions, and prompts, as MLflow's client uses them."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from pathlib import Path

import mlflow
import numpy as np
import onnx
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from onnx import TensorProto, helper
from test_experiments import refused
from test_logged_models import Doubler

MISSING = "RESOURCE_DOES_NOT_EXIST"
WRONG = "INVALID_PARAMETER_VALUE"
TAKEN = "RESOURCE_ALREADY_EXISTS"


def files_of(folder: str | Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


@pytest.fixture
def model(client, name) -> str:
    """A registered model without versions."""
    return client.create_registered_model(name).name


@pytest.fixture
def make(client, model, run):
    """A function that registers a version of a folder of the run."""
    def one(text: str = "x", folder: str = "model", **more):
        client.log_text(run, text, f"{folder}/MLmodel")
        return client.create_model_version(model, f"runs:/{run}/{folder}", run, **more)
    return one


# -- Registered models ------------------------------------------------------------------------------------------------

def test_a_model_is_made_and_found(client, name):
    made = client.create_registered_model(name, {"a": "1", "b": "2"}, "about it")
    assert (made.name, made.description, made.tags) == (name, "about it", {"a": "1", "b": "2"})
    got = client.get_registered_model(name)
    assert (got.description, got.tags, got.latest_versions, got.aliases) == ("about it", {"a": "1", "b": "2"}, [], {})
    assert got.creation_timestamp == got.last_updated_timestamp == made.creation_timestamp > 1_600_000_000_000


def test_a_name_is_taken_once(client, rest, model):
    with refused(TAKEN, f"Registered Model (name={model}) already exists."):
        client.create_registered_model(model)
    status, answer = rest("POST", "registered-models/create", {"name": model, "tags": [
        {"key": "mlflow.prompt.is_prompt", "value": "true"}]})
    assert (status, answer["error_code"]) == (400, TAKEN)
    assert answer["message"].startswith(f"Tried to create a prompt with name '{model}', but the name is already taken by a registered")


@pytest.mark.parametrize("wrong", ["a/b", "a:b", "a%b", ".a", "a ", "a\nb", "n" * 256])
def test_names_that_are_none(rest, wrong):
    status, answer = rest("POST", "registered-models/create", {"name": wrong})
    assert (status, answer["error_code"]) == (400, WRONG), answer
    if wrong in ("a/b", "a:b"):
        assert answer["message"] == f"Invalid model name '{wrong}'. Names cannot contain '/' or ':'."


@pytest.mark.parametrize("body", [{}, {"name": ""}, {"name": " "}, {"name": None}])
def test_a_name_must_be_there(rest, body):
    status, answer = rest("POST", "registered-models/create", body)
    assert (status, answer["error_code"]) == (400, WRONG)
    assert answer["message"].startswith("Missing value for required parameter 'name'.")


@pytest.mark.parametrize("good", ["with blank", "b+c (v2)", "größe", "a.b-c_d", "x[1]=y,z"])
def test_names_with_signs(client, run, good):
    name = f"{good} {run[:8]}x"
    client.create_registered_model(name)
    client.log_text(run, "x", "model/MLmodel")
    version = client.create_model_version(name, f"runs:/{run}/model", run)
    folder = mlflow.artifacts.download_artifacts(client.get_model_version_download_uri(name, version.version))
    assert files_of(folder)["MLmodel"] == b"x"


def test_a_model_is_described_renamed_and_deleted(client, model, make):
    assert client.update_registered_model(model, "new words").description == "new words"
    make()
    client.set_registered_model_alias(model, "champion", "1")
    client.set_registered_model_tag(model, "t", "u")
    other = model + "-renamed"
    client.rename_registered_model(model, other)
    got = client.get_registered_model(other)
    assert (got.description, got.tags, got.aliases) == ("new words", {"t": "u"}, {"champion": "1"})
    assert client.get_model_version_by_alias(other, "champion").version == "1"
    folder = mlflow.artifacts.download_artifacts(f"models:/{other}/1")
    assert files_of(folder)["MLmodel"] == b"x"
    with refused(MISSING, f"Registered Model with name={model} not found"):
        client.get_registered_model(model)
    client.create_registered_model(model)
    with refused(TAKEN, f"Registered Model (name={model}) already exists."):
        client.rename_registered_model(other, model)
    client.delete_registered_model(other)
    with refused(MISSING):
        client.get_registered_model(other)


def test_what_is_not_there(client, name, model):
    for work in [lambda: client.get_registered_model(name + "x"), lambda: client.update_registered_model(name + "x", "d"),
                 lambda: client.delete_registered_model(name + "x"), lambda: client.rename_registered_model(name + "x", "y"),
                 lambda: client.set_registered_model_tag(name + "x", "k", "v"),
                 lambda: client.get_latest_versions(name + "x"),
                 lambda: client.get_model_version_by_alias(name + "x", "a")]:
        with refused(MISSING, f"Registered Model with name={name}x not found"):
            work()
    for work in [lambda: client.get_model_version(model, "7"), lambda: client.update_model_version(model, "7", "d"),
                 lambda: client.delete_model_version(model, "7"), lambda: client.set_model_version_tag(model, "7", "k", "v"),
                 lambda: client.set_registered_model_alias(model, "a", "7"),
                 lambda: client.get_model_version_download_uri(model, "7"),
                 lambda: client.transition_model_version_stage(model, "7", "Staging")]:
        with refused(MISSING, f"Model Version (name={model}, version=7) not found"):
            work()


def test_tags_of_a_model(client, model):
    client.set_registered_model_tag(model, "a/b c", "1")
    client.set_registered_model_tag(model, "a/b c", "2")
    assert client.get_registered_model(model).tags == {"a/b c": "2"}
    client.delete_registered_model_tag(model, "a/b c")
    client.delete_registered_model_tag(model, "a/b c")
    assert client.get_registered_model(model).tags == {}


@pytest.mark.parametrize(("key", "value", "words"), [
    ("a&b", "v", "Names may only contain alphanumerics"), ("../a", "v", "must not resolve to other names"),
    ("k" * 251, "v", "'key' exceeds the maximum length of 250 characters"),
    ("k", "v" * 100_001, "'value' exceeds the maximum length of 100000 characters")])
def test_tags_that_are_none(client, model, key, value, words):
    with refused(WRONG, words):
        client.set_registered_model_tag(model, key, value)


def test_models_are_searched(client, name):
    for suffix, team in [("a", "red"), ("b", "blue"), ("c", "red")]:
        client.create_registered_model(f"{name}-{suffix}", {"team": team})

    def found(text: str = "", **more):
        both = f"name LIKE '{name}%'" + (f" AND {text}" if text else "")
        return [each.name[-1] for each in client.search_registered_models(both, **more)]

    assert found() == ["a", "b", "c"]
    assert found(order_by=["name DESC"]) == ["c", "b", "a"]
    client.update_registered_model(f"{name}-b", "changed")
    assert found(order_by=["last_updated_timestamp DESC"])[0] == "b" == found(order_by=["timestamp ASC"])[-1]
    assert found("tags.team = 'red'") == ["a", "c"] and found("tag.`team` != 'red'") == ["b"]
    assert found(f"name ILIKE '{name.upper()}-B'") == ["b"] and found(f"name = '{name}-c'") == ["c"]
    assert found(f"name IN ('{name}-c', '{name}-a')") == ["a", "c"]
    first = client.search_registered_models(f"name LIKE '{name}%'", max_results=2)
    second = client.search_registered_models(f"name LIKE '{name}%'", max_results=2, page_token=first.token)
    assert [each.name[-1] for each in [*first, *second]] == ["a", "b", "c"] and not second.token


@pytest.mark.parametrize(("text", "words"), [
    ("name > 'a'", "Invalid comparator for attribute: >"), ("color = 'red'", "Invalid attribute key 'color' specified"),
    ("metrics.x = 1", "Invalid entity type 'metric"), ("tags.k > 'a'", "Invalid comparator for tag: >"),
    ("name = 1", "Expected a quoted string value"), ("name =", ""), ("name = 'a' OR name = 'b'", "Invalid clause")])
def test_searches_that_are_none(client, text, words):
    with refused(WRONG, words):
        client.search_registered_models(text)
    with refused(WRONG):
        client.search_model_versions(text)


def test_orders_and_pages_that_are_none(client, rest):
    for order in ["run_id", "name SIDEWAYS", "creation_timestamp"]:
        with refused(WRONG, "order"):
            client.search_registered_models(order_by=[order])
    with refused(WRONG, "duplicate"):
        client.search_registered_models(order_by=["name", "name DESC"])
    with refused(WRONG):
        client.search_registered_models(page_token="none")
    for size in ["0", "1001", "x"]:
        assert rest("GET", f"registered-models/search?max_results={size}")[0] == 400


# -- Versions ---------------------------------------------------------------------------------------------------------

def test_a_version_of_a_run(client, model, make, run):
    made = make("x", tags={"t": "u"}, description="first", run_link="http://elsewhere/run")
    assert (made.version, made.status, made.current_stage, made.run_id) == ("1", "READY", "None", run)
    assert (made.source, made.run_link, made.tags) == (f"runs:/{run}/model", "http://elsewhere/run", {"t": "u"})
    got = client.get_model_version(model, "1")
    assert (got.description, got.source, got.tags, got.aliases) == ("first", made.source, {"t": "u"}, [])
    assert make("y").version == "2"
    assert client.get_registered_model(model).latest_versions[0].version == "2"
    assert client.update_model_version(model, "1", "words").description == "words"


def test_what_was_registered_does_not_change(client, model, make, run, rest):
    make("as registered", "model")
    uri = client.get_model_version_download_uri(model, "1")
    assert uri == f"mlflow-artifacts:/registered-models/{model}/1"
    client.log_text(run, "changed later", "model/MLmodel")
    client.delete_run(run)
    assert files_of(mlflow.artifacts.download_artifacts(uri))["MLmodel"] == b"as registered"
    place = rest.url + f"/api/2.0/mlflow-artifacts/artifacts/registered-models/{model}/1/MLmodel"
    for method, body in [("PUT", b"other"), ("DELETE", None)]:
        status, answer = rest(method, place, body)
        assert (status, answer["error_code"]) == (400, WRONG) and "do not change" in answer["message"]
    status, answer = rest("DELETE", rest.url + "/api/2.0/mlflow-artifacts/artifacts/registered-models")
    assert status == 400
    assert urllib.request.urlopen(place).read() == b"as registered"
    for lost in [f"{model}/1/none", f"{model}/1", f"{model}/x/MLmodel", f"{model}/9/MLmodel", model, "",
                 f"{model}/1/../../MLmodel", f"{model}/1/%2e%2e/%2e%2e/MLmodel"]:
        status, _ = rest("GET", rest.url + "/api/2.0/mlflow-artifacts/artifacts/registered-models/" + lost)
        assert status in (400, 404), lost


def test_files_of_a_version_are_listed(client, rest, model, run):
    client.log_text(run, "x", "model/MLmodel")
    client.log_text(run, "y", "model/data/deep/y.txt")
    client.create_model_version(model, f"runs:/{run}/model", run)
    root = f"models:/{model}/1"
    assert sorted(each.path for each in mlflow.artifacts.list_artifacts(root)) == ["MLmodel", "data"]
    path = urllib.parse.quote(f"registered-models/{model}/1/data/deep")
    assert rest("GET", rest.url + f"/api/2.0/mlflow-artifacts/artifacts?path={path}") == (
        200, {"files": [{"path": "y.txt", "is_dir": False, "file_size": 1}]})
    assert mlflow.artifacts.load_text(client.get_model_version_download_uri(model, "1") + "/data/deep/y.txt") == "y"


def test_a_logged_model_is_registered_and_loaded(client, experiment, name):
    with mlflow.start_run(experiment_id=experiment) as active:
        logged = mlflow.pyfunc.log_model(name="doubler", python_model=Doubler(), pip_requirements=[],
                                         registered_model_name=name)
    version = client.get_model_version(name, "1")
    assert (version.source, version.run_id) == (logged.model_uri, active.info.run_id)
    assert json.loads(version.tags["tarn.pickle_files"]) == ["python_model.pkl"]
    client.set_registered_model_alias(name, "champion", "1")
    for uri in [f"models:/{name}@champion", f"models:/{name}/1", f"models:/{name}/latest"]:
        assert mlflow.pyfunc.load_model(uri).predict([1, 2]) == [2, 4]
    tagged = json.loads(mlflow.get_logged_model(logged.model_id).tags["mlflow.modelVersions"])
    assert {(each["name"], int(each["version"])) for each in tagged} == {(name, 1)}  # the client adds it once more
    assert mlflow.register_model(logged.model_uri, name).version == "2"
    assert mlflow.register_model(f"runs:/{active.info.run_id}/doubler", name).version == "3"
    by_hand = client.create_model_version(name, f"runs:/{active.info.run_id}/doubler", active.info.run_id)
    assert mlflow.pyfunc.load_model(f"models:/{name}/{by_hand.version}").predict([4]) == [8]


def test_a_version_is_copied(client, model, make, name, run):
    make("x", tags={"t": "u"})
    client.set_registered_model_alias(model, "champion", "1")
    client.create_registered_model(name + "-copy")
    for source in [f"models:/{model}/1", f"models:/{model}@champion", f"models:/{model}/latest"]:
        copy = client.create_model_version(name + "-copy", source)
        assert (copy.source, copy.run_id) == (f"models:/{model}/1", run)
    copied = client.copy_model_version(f"models:/{model}/1", name + "-other")
    assert (copied.name, copied.version) == (name + "-other", "1")
    client.delete_registered_model(model)
    assert files_of(mlflow.artifacts.download_artifacts(f"models:/{name}-other/1"))["MLmodel"] == b"x"


@pytest.mark.parametrize("source", [
    "s3://bucket/model", "http://elsewhere/model", "dbfs:/model", "/etc", "file:///etc", "relative/path", "models:/", "runs:/",
    "mlflow-artifacts:/0", "mlflow-artifacts:/../../etc", "mlflow-artifacts:/%2e%2e/%2e%2e/etc", "models:/m-0123",
    "models://elsewhere/m/1", "runs:/0123/model", "mlflow-artifacts://elsewhere/0/x"])
@pytest.mark.parametrize("owner", ["none", "run"])
def test_sources_that_are_none(client, rest, model, run, source, owner):
    body = {"name": model, "source": source, **({"run_id": run} if owner == "run" else {})}
    status, answer = rest("POST", "model-versions/create", body)
    assert (status, answer["error_code"]) == (400, WRONG), answer
    assert client.search_model_versions(f"name = '{model}'") == []


def test_a_source_has_files_and_an_owner(client, model, run, experiment):
    other = client.create_run(experiment).info.run_id
    client.log_text(other, "x", "model/MLmodel")
    root = client.get_run(other).info.artifact_uri
    for source, owner, words in [
        (f"runs:/{run}/model", run, "There are no files to register"), (f"runs:/{other}/model", run, "run_id request parameter"),
        (f"runs:/{other}/model", None, "run_id request parameter"), (root + "/model", run, "run_id request parameter"),
        (root + "/model", None, "run_id request parameter"), (f"runs:/{other}/model/MLmodel", other, "It is a file"),
        (f"runs:/{'0' * 32}/model", "0" * 32, "run_id request parameter"), (f"runs:/{other}", other, "run_id request parameter")]:
        with refused(WRONG, "Invalid model version source", words):
            client.create_model_version(model, source, owner)
    assert client.create_model_version(model, root + "/model", other).version == "1"


def test_a_version_needs_its_model(client, run, name):
    with refused(MISSING, f"Registered Model with name={name} not found"):
        client.create_model_version(name, f"runs:/{run}/model", run)


def test_a_removed_version_is_gone(client, model, make):
    make("x")
    make("y")
    client.set_registered_model_alias(model, "champion", "2")
    client.delete_model_version(model, "2")
    assert client.get_registered_model(model).aliases == {}
    with refused(MISSING):
        client.get_model_version(model, "2")
    assert make("z").version == "3"


def test_tags_of_a_version(client, model, make):
    make()
    client.set_model_version_tag(model, "1", "k", "v")
    client.set_model_version_tag(model, "1", "k", "w")
    assert client.get_model_version(model, "1").tags == {"k": "w"}
    client.delete_model_version_tag(model, "1", "k")
    client.delete_model_version_tag(model, "1", "k")
    assert client.get_model_version(model, "1").tags == {}
    for work in [lambda: client.set_model_version_tag(model, "1", "tarn.pickle_files", "[]"),
                 lambda: client.delete_model_version_tag(model, "1", "tarn.pickle_files")]:
        with refused(WRONG, "cannot be set or removed"):
            work()


@pytest.mark.parametrize("wrong", ["x", "1.5", "-1", "9" * 30])
def test_versions_that_are_none(rest, model, wrong):
    status, answer = rest("GET", f"model-versions/get?name={model}&version={wrong}")
    assert (status, answer["error_code"]) == (400, WRONG)
    assert answer["message"] == f"Parameter 'version' must be an integer, got '{wrong}'."


def test_versions_are_searched(client, model, make, run):
    make("x", tags={"k": "v"})
    make("y", "other")
    make("z")

    def found(text: str = "", **more):
        both = f"name = '{model}'" + (f" AND {text}" if text else "")
        return [int(each.version) for each in client.search_model_versions(both, **more)]

    assert found() == [3, 2, 1]
    client.update_model_version(model, "1", "changed")
    assert found() == [1, 3, 2]
    assert found(order_by=["version_number ASC"]) == [1, 2, 3]
    assert found(order_by=["creation_timestamp DESC"]) == [3, 2, 1]
    assert found("version_number >= 2", order_by=["name", "version_number"]) == [2, 3]
    assert found("version_number = '2'") == [2]
    assert found(f"run_id = '{run}'") == [1, 3, 2] and found("run_id IN ('a', 'b')") == []
    assert found(f"source_path = 'runs:/{run}/other'") == [2] and found("source_path LIKE '%/model'") == [1, 3]
    assert found("tags.k = 'v'") == [1] and found("tags.k != 'v'") == []
    first = client.search_model_versions(f"name = '{model}'", max_results=2)
    second = client.search_model_versions(f"name = '{model}'", max_results=2, page_token=first.token)
    assert [each.version for each in [*first, *second]] == ["1", "3", "2"] and not second.token


# -- Aliases and stages -----------------------------------------------------------------------------------------------

def test_aliases(client, model, make):
    make()
    make()
    client.set_registered_model_alias(model, "champion", "1")
    client.set_registered_model_alias(model, "old-one", "1")
    assert client.get_model_version_by_alias(model, "champion").aliases == ["champion", "old-one"]
    client.set_registered_model_alias(model, "champion", "2")
    assert client.get_model_version_by_alias(model, "champion").version == "2"
    assert client.get_registered_model(model).aliases == {"champion": "2", "old-one": "1"}
    assert client.get_model_version_by_alias(model, "Latest").version == "2"
    client.delete_registered_model_alias(model, "champion")
    client.delete_registered_model_alias(model, "champion")
    with refused(WRONG, "Registered model alias champion not found."):
        client.get_model_version_by_alias(model, "champion")


@pytest.mark.parametrize(("alias", "words"), [
    ("latest", "'latest' alias name (case insensitive) is reserved."), ("LATEST", "reserved"), ("v1", "Version alias name 'v1'"),
    ("V22", "Version alias name 'V22'"), ("a b", "Invalid alias name: 'a b'"), ("a.b", "Invalid alias name"),
    ("a" * 256, "exceeds the maximum length of 255 characters")])
def test_aliases_that_are_none(client, model, make, alias, words):
    make()
    with refused(WRONG, words):
        client.set_registered_model_alias(model, alias, "1")


def test_stages(client, model, make):
    for _ in range(3):
        make()
    assert client.transition_model_version_stage(model, "1", "staging").current_stage == "Staging"
    client.transition_model_version_stage(model, "2", "Staging")
    assert sorted(each.version for each in client.get_latest_versions(model)) == ["2", "3"]
    assert [each.version for each in client.get_latest_versions(model, ["Staging"])] == ["2"]
    client.transition_model_version_stage(model, "3", "Staging", archive_existing_versions=True)
    assert [client.get_model_version(model, each).current_stage for each in "123"] == ["Archived", "Archived", "Staging"]
    with refused(WRONG, "Invalid Model Version stage: x. Value must be one of None, Staging, Production, Archived."):
        client.transition_model_version_stage(model, "1", "x")
    with refused(WRONG, "'Archived' is not an Active stage"):
        client.transition_model_version_stage(model, "1", "Archived", archive_existing_versions=True)
    with refused(WRONG, "Invalid Model Version stage"):
        client.get_latest_versions(model, ["x"])


# -- Prompts ----------------------------------------------------------------------------------------------------------

def test_prompts(client, name):
    first = mlflow.genai.register_prompt(name, "Hello {{who}}", commit_message="first", tags={"t": "u"})
    assert (first.version, first.template, first.commit_message) == (1, "Hello {{who}}", "first")
    assert mlflow.genai.register_prompt(name, [{"role": "user", "content": "Bye {{who}}"}]).version == 2
    assert mlflow.genai.load_prompt(name, version=1).format(who="you") == "Hello you"
    mlflow.genai.set_prompt_alias(name, "live", 1)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@live").template == "Hello {{who}}"
    assert mlflow.genai.load_prompt(f"prompts:/{name}/2").template == [{"role": "user", "content": "Bye {{who}}"}]
    assert [each.name for each in mlflow.genai.search_prompts(f"name = '{name}'")] == [name]
    assert name not in [each.name for each in client.search_registered_models()]
    assert client.search_model_versions(f"name = '{name}'") == []
    assert [each.version for each in client.search_prompt_versions(name)] == [2, 1]
    with refused(TAKEN, "already taken by a prompt"):
        client.create_registered_model(name)
    mlflow.genai.delete_prompt_alias(name, "live")
    assert mlflow.genai.load_prompt(f"prompts:/{name}@live", allow_missing=True) is None
    client.delete_prompt_version(name, 1)
    assert client.get_prompt(name).name == name


def test_prompts_have_no_files(client, rest, name):
    mlflow.genai.register_prompt(name, "text")
    status, answer = rest("POST", "model-versions/create", {"name": name, "source": "s3://x", "tags": [
        {"key": "mlflow.prompt.is_prompt", "value": "true"}]})
    assert (status, answer["error_code"]) == (400, WRONG) and "Invalid prompt source: 's3://x'" in answer["message"]
    with refused(WRONG, "Prompt versions cannot be used as model version sources"):
        client.create_model_version(name, f"models:/{name}/1")
    place = rest.url + f"/api/2.0/mlflow-artifacts/artifacts/registered-models/{name}/1/MLmodel"
    assert rest("GET", place)[0] == 404
    listing = rest.url + "/api/2.0/mlflow-artifacts/artifacts?path=" + urllib.parse.quote(f"registered-models/{name}/1")
    assert rest("GET", listing) == (200, {"files": []})


# -- Beside MLflow ----------------------------------------------------------------------------------------------------

def doubling_graph() -> onnx.ModelProto:
    two = helper.make_tensor("two", TensorProto.FLOAT, [1], [2.0])
    graph = helper.make_graph([helper.make_node("Mul", ["x", "two"], ["y"])], "doubler",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])], [two])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)


def test_predict_uses_a_model_of_the_client(client, server, experiment, name):
    with mlflow.start_run(experiment_id=experiment):
        mlflow.onnx.log_model(doubling_graph(), name="doubler", pip_requirements=[], registered_model_name=name)
    assert "tarn.pickle_files" not in client.get_model_version(name, "1").tags
    rows = server.sql(f"SELECT p.y FROM PREDICT(MODEL = 'models:/{name}/1', DATA = "
                      "(SELECT CAST(21 AS real) AS x) AS d) WITH (y real) AS p")
    assert [float(each["y"]) for each in rows] == [42.0]
    got = mlflow.pyfunc.load_model(f"models:/{name}/1").predict(pd.DataFrame({"x": np.array([3], np.float32)}))
    assert float(np.ravel(list(got.values())[0] if isinstance(got, dict) else got)[0]) == 6.0


def test_what_others_registered_is_here(client, server, name, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(doubling_graph(), path)
    server.ok("model", "register", name, str(path), "--description", "from the command line")
    version = client.get_model_version(name, "1")
    assert (version.description, version.source) == ("from the command line", f"mlflow-artifacts:/registered-models/{name}/1")
    assert files_of(mlflow.artifacts.download_artifacts(version.source)) == {"model.onnx": path.read_bytes()}


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "registered-models/create"), ("PATCH", "registered-models/update"), ("POST", "registered-models/rename"),
    ("DELETE", "registered-models/delete"), ("POST", "registered-models/get-latest-versions"),
    ("POST", "registered-models/set-tag"), ("DELETE", "registered-models/delete-tag"), ("POST", "registered-models/alias"),
    ("DELETE", "registered-models/alias"), ("POST", "model-versions/create"), ("PATCH", "model-versions/update"),
    ("DELETE", "model-versions/delete"), ("POST", "model-versions/transition-stage"), ("POST", "model-versions/set-tag"),
    ("DELETE", "model-versions/delete-tag")])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', {}, {"name": 7}, {"name": ["x"]},
                                  {"name": "x", "version": {}, "key": 1, "alias": 2, "source": 3, "stage": 4, "new_name": 5,
                                   "description": 6},
                                  {"name": "x", "version": "1", "tags": {"a": 1}, "source": "runs:/x/y", "stage": "None"},
                                  {"name": "\u0000", "version": "\u0000", "key": "\u0000", "source": "\u0000", "new_name": "a"}])
def test_wrong_bodies_are_told_so(rest, method, path, body):
    status, answer = rest(method, path, body)
    assert 400 <= status < 500, answer
    assert answer["error_code"] in (WRONG, MISSING, "BAD_REQUEST"), answer


def test_the_client_is_told_as_mlflow_does(client):
    with pytest.raises(MlflowException) as told:
        client.get_registered_model("no such model")
    assert told.value.get_http_status_code() == 404
