"""Logged models of MLflow 3."""

from __future__ import annotations

import mlflow
import pytest
from mlflow.entities import LoggedModelInput, LoggedModelOutput, LoggedModelStatus, Metric
from test_experiments import refused


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[int]) -> list[int]:
        return [2 * each for each in model_input]


def test_log_model_and_load_it(client, experiment):
    with mlflow.start_run(experiment_id=experiment) as active:
        logged = mlflow.pyfunc.log_model(name="doubler", python_model=Doubler(), input_example=[1, 2], params={"depth": 3},
                                         tags={"t": "u"}, pip_requirements=[])
    model = mlflow.get_logged_model(logged.model_id)
    assert (model.name, model.status, model.source_run_id) == ("doubler", LoggedModelStatus.READY, active.info.run_id)
    assert model.params["depth"] == "3" and model.tags["t"] == "u"
    assert model.artifact_location == f"mlflow-artifacts:/{experiment}/models/{model.model_id}/artifacts"
    assert [each.model_id for each in client.get_run(active.info.run_id).outputs.model_outputs] == [model.model_id]
    for uri in [logged.model_uri, f"runs:/{active.info.run_id}/doubler"]:
        assert mlflow.pyfunc.load_model(uri).predict([1, 2, 3]) == [2, 4, 6]
    paths = [each.path for each in client.list_logged_model_artifacts(model.model_id)]
    assert "MLmodel" in paths and "python_model.pkl" in paths


def test_metrics_of_a_model(client, experiment, run):
    model = mlflow.initialize_logged_model(name="m", experiment_id=experiment, source_run_id=run)
    assert model.status == LoggedModelStatus.PENDING
    client.log_metric(run, "rmse", 2.5, model_id=model.model_id, dataset_name="d", dataset_digest="1")
    client.log_batch(run, [Metric("mae", 1.5, 1000, 3, model_id=model.model_id)])
    got = {(each.key, each.value, each.dataset_name or "", each.run_id) for each in mlflow.get_logged_model(model.model_id).metrics}
    assert got == {("rmse", 2.5, "d", run), ("mae", 1.5, "", run)}
    assert client.get_run(run).data.metrics == {"rmse": 2.5, "mae": 1.5}
    assert mlflow.finalize_logged_model(model.model_id, "FAILED").status == LoggedModelStatus.FAILED


def test_tags_params_and_deletion(client, experiment):
    model = mlflow.create_external_model(name="outside", experiment_id=experiment, model_type="agent", params={"a": "1"})
    mlflow.set_logged_model_tags(model.model_id, {"x": "1", "y": "2"})
    mlflow.delete_logged_model_tag(model.model_id, "x")
    mlflow.log_model_params({"b": "2"}, model.model_id)
    got = mlflow.get_logged_model(model.model_id)
    assert got.tags["y"] == "2" and "x" not in got.tags and got.params == {"a": "1", "b": "2"} and got.model_type == "agent"
    with refused("RESOURCE_DOES_NOT_EXIST", "No tag with key 'x'"):
        mlflow.delete_logged_model_tag(model.model_id, "x")
    client.delete_logged_model(model.model_id)
    with refused("RESOURCE_DOES_NOT_EXIST", model.model_id):
        mlflow.get_logged_model(model.model_id)


@pytest.mark.parametrize("wrong", ["a/b", "a:b", "a.b", "a%b", 'a"b'])
def test_names_that_are_none(rest, experiment, wrong):
    status, answer = rest("POST", "logged-models", {"experiment_id": experiment, "name": wrong})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer


def test_search(client, experiment, run):
    for number in range(3):
        model = mlflow.initialize_logged_model(name=f"m{number}", experiment_id=experiment, source_run_id=run, tags={"n": str(number)},
                                               params={"p": str(number)})
        client.log_metric(run, "rmse", 10 - number, step=number, model_id=model.model_id)
    def names(**how):
        return [each.name for each in mlflow.search_logged_models([experiment], output_format="list", **how)]

    assert names() == ["m2", "m1", "m0"]
    assert names(filter_string="name = 'm1'") == ["m1"]
    assert names(filter_string="tags.n = '0' AND params.p = '0'") == ["m0"]
    assert names(filter_string="metrics.rmse < 9.5") == ["m2", "m1"]
    assert names(order_by=[{"field_name": "metrics.rmse", "ascending": False}]) == ["m0", "m1", "m2"]
    assert names(order_by=[{"field_name": "creation_timestamp", "ascending": True}], max_results=2) == ["m0", "m1"]
    with refused("INVALID_PARAMETER_VALUE"):
        names(filter_string="nonsense")


def test_inputs_and_outputs_of_a_run(client, experiment, run):
    model = mlflow.initialize_logged_model(name="m", experiment_id=experiment)
    client.log_inputs(run, models=[LoggedModelInput(model.model_id)])
    client.log_outputs(run, [LoggedModelOutput(model.model_id, step=4)])
    got = client.get_run(run)
    assert [each.model_id for each in got.inputs.model_inputs] == [model.model_id]
    assert [(each.model_id, each.step) for each in got.outputs.model_outputs] == [(model.model_id, 4)]
