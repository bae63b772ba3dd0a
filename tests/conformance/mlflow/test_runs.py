"""Runs, their params, metrics, tags, inputs and search through MLflow's client."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest
from mlflow.entities import Metric, Param, RunTag, ViewType
from test_experiments import refused


def test_a_run_from_its_start_to_its_end(client, experiment, name):
    mlflow.set_experiment(experiment_id=experiment)
    before = int(time.time() * 1000)
    with mlflow.start_run(run_name="first", description="what it is", tags={"a": "b"}) as active:
        mlflow.log_param("alpha", 0.5)
        mlflow.log_params({"beta": "x/y", "with space": "é", "empty": ""})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"acc": 0.75, "f1": 0.5})
        mlflow.set_tags({"k": "v", "n": 1})
    run = client.get_run(active.info.run_id)
    assert (run.info.status, run.info.run_name, run.info.lifecycle_stage) == ("FINISHED", "first", "active")
    assert before <= run.info.start_time <= run.info.end_time <= time.time() * 1000
    assert run.data.params == {"alpha": "0.5", "beta": "x/y", "with space": "é", "empty": ""}
    assert run.data.metrics == {"loss": 0.2, "acc": 0.75, "f1": 0.5}
    assert run.data.tags["mlflow.runName"] == "first" and run.data.tags["mlflow.note.content"] == "what it is"
    assert run.data.tags["k"] == "v" and run.data.tags["n"] == "1"
    assert run.info.artifact_uri == f"mlflow-artifacts:/{experiment}/{run.info.run_id}/artifacts"
    history = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, round(point.value, 3)) for point in history] == [(0, 1), (1, .5), (2, .333), (3, .25), (4, .2)]
    assert client.get_metric_history(run.info.run_id, "nothing") == []


def test_an_exception_fails_the_run(client, experiment):
    with pytest.raises(ZeroDivisionError):
        with mlflow.start_run(experiment_id=experiment) as active:
            raise ZeroDivisionError
    assert client.get_run(active.info.run_id).info.status == "FAILED"


def test_nested_runs_and_going_on(client, experiment):
    with mlflow.start_run(experiment_id=experiment) as parent:
        with mlflow.start_run(experiment_id=experiment, nested=True) as child:
            mlflow.log_metric("m", 1)
    assert client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert client.get_parent_run(child.info.run_id).info.run_id == parent.info.run_id
    with mlflow.start_run(run_id=child.info.run_id):
        assert client.get_run(child.info.run_id).info.status == "RUNNING"
        mlflow.log_metric("m", 2, step=1)
    assert client.get_run(child.info.run_id).data.metrics == {"m": 2}
    children = client.search_runs([experiment], f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
    assert [each.info.run_id for each in children] == [child.info.run_id]


@pytest.mark.parametrize("value", [0.0, -1.5, 1e308, -1e-308, math.inf, -math.inf, math.nan, 3, 2**60])
def test_values_of_metrics(client, run, value):
    client.log_metric(run, "m", value)
    for got in [client.get_run(run).data.metrics["m"], client.get_metric_history(run, "m")[0].value]:
        assert got == value or math.isnan(got) and math.isnan(value)


def test_the_latest_is_that_of_the_greatest_step_then_time_then_value(client, run):
    points = [(5, 100, 7.0), (9, 10, 1.0), (9, 20, -4.0), (9, 20, -3.0), (2, 500, 99.0)]
    for step, timestamp, value in points:
        client.log_metric(run, "m", value, timestamp=timestamp, step=step)
    assert client.get_run(run).data.metrics == {"m": -3.0}
    assert len(client.get_metric_history(run, "m")) == 5


def test_a_point_sent_twice_is_one(client, run):
    for _ in range(3):
        client.log_batch(run, [Metric("m", 1.0, 1000, 1)], [Param("p", "1")], [RunTag("t", "1")])
    assert len(client.get_metric_history(run, "m")) == 1


def test_a_param_is_written_once(client, run):
    client.log_param(run, "p", "1")
    client.log_param(run, "p", "1")
    with refused("INVALID_PARAMETER_VALUE", "Changing param values is not allowed", "'p'", "'1'", run, "'2'"):
        client.log_param(run, "p", "2")
    with refused("INVALID_PARAMETER_VALUE", "Changing param values"):
        client.log_batch(run, [Metric("m", 1, 0, 0)], [Param("p", "3")], [])
    got = client.get_run(run).data
    assert got.params == {"p": "1"} and got.metrics == {}, "nothing of the refused batch is there"


def test_tags_change_and_go(client, run):
    client.set_tag(run, "t", "1")
    client.set_tag(run, "t", "2")
    assert client.get_run(run).data.tags["t"] == "2"
    client.delete_tag(run, "t")
    assert "t" not in client.get_run(run).data.tags
    with refused("RESOURCE_DOES_NOT_EXIST", "No tag with name: t"):
        client.delete_tag(run, "t")


def test_name_status_and_end(client, run):
    client.update_run(run, status="KILLED", name="renamed")
    info = client.get_run(run)
    assert (info.info.status, info.info.run_name, info.data.tags["mlflow.runName"]) == ("KILLED", "renamed", "renamed")
    client.set_terminated(run, "FAILED", end_time=1_700_000_000_123)
    assert (client.get_run(run).info.status, client.get_run(run).info.end_time) == ("FAILED", 1_700_000_000_123)
    client.set_tag(run, "mlflow.runName", "by tag")
    assert client.get_run(run).info.run_name == "by tag"


def test_two_names_differ(rest, experiment):
    status, answer = rest("POST", "runs/create", {"experiment_id": experiment, "run_name": "a",
                                                  "tags": [{"key": "mlflow.runName", "value": "b"}]})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE") and "run_name='a'" in answer["message"]


def test_delete_and_restore(client, run):
    client.delete_run(run)
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    for change in [lambda: client.log_metric(run, "m", 1), lambda: client.log_param(run, "p", 1),
                   lambda: client.set_tag(run, "t", 1), lambda: client.update_run(run, status="FINISHED"),
                   lambda: client.delete_run(run)]:
        with refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state"):
            change()
    client.restore_run(run)
    client.log_metric(run, "m", 1)


def test_what_is_not_there(client, rest):
    for ask in [lambda: client.get_run("0" * 32), lambda: client.log_metric("0" * 32, "m", 1),
                lambda: client.get_metric_history("0" * 32, "m"), lambda: client.list_artifacts("0" * 32)]:
        with refused("RESOURCE_DOES_NOT_EXIST", f"Run with id={'0' * 32} not found"):
            ask()


def test_old_clients_say_run_uuid(rest, run):
    assert rest("POST", "runs/log-metric", {"run_uuid": run, "key": "m", "value": "1.5", "timestamp": "1000"})[0] == 200
    status, answer = rest("GET", f"runs/get?run_uuid={run}")
    assert status == 200 and answer["run"]["info"]["run_uuid"] == run
    assert answer["run"]["data"]["metrics"] == [{"key": "m", "value": 1.5, "timestamp": 1000, "step": 0}]


@pytest.mark.parametrize(("metrics", "params", "tags", "what"), [
    (1001, 0, 0, "at most 1000 metrics"), (0, 101, 0, "at most 100 params"), (0, 0, 101, "at most 100 tags"),
    (950, 50, 50, "at most 1000 metrics, params, and tags"),
])
def test_limits_of_a_batch(rest, run, metrics, params, tags, what):
    body = {"run_id": run, "metrics": [{"key": f"m{i}", "value": i, "timestamp": 1, "step": 0} for i in range(metrics)],
            "params": [{"key": f"p{i}", "value": "1"} for i in range(params)],
            "tags": [{"key": f"t{i}", "value": "1"} for i in range(tags)]}
    status, answer = rest("POST", "runs/log-batch", body)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE") and what in answer["message"]


def test_params_twice_in_a_batch(rest, run):
    status, answer = rest("POST", "runs/log-batch",
                          {"run_id": run, "params": [{"key": "a", "value": "1"}, {"key": "a", "value": "1"}]})
    assert status == 400 and "Duplicate parameter keys have been submitted: ['a']" in answer["message"]


@pytest.mark.parametrize("key", ["", "..", "../x", "/abs", "a//b", "a\nb", "x" * 251, "a\\b", "a%b"])
def test_keys_that_are_none(rest, run, key):
    for path, body in [("runs/log-metric", {"key": key, "value": 1, "timestamp": 1}),
                       ("runs/log-parameter", {"key": key, "value": "1"}), ("runs/set-tag", {"key": key, "value": "1"})]:
        status, answer = rest("POST", path, {"run_id": run, **body})
        assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), path


def test_values_that_are_too_long(client, run):
    client.log_param(run, "p", "x" * 6000)
    client.set_tag(run, "t", "x" * 8000)
    with refused("INVALID_PARAMETER_VALUE"):
        client.log_param(run, "q", "x" * 6001)


def test_histories_of_several_runs(client, rest, experiment):
    runs = sorted(client.create_run(experiment).info.run_id for _ in range(2))
    for run in runs:
        client.log_batch(run, [Metric("m", float(step), step, step) for step in range(1000)])
    ids = "&".join(f"run_id={run}" for run in runs)
    _, answer = rest("GET", f"metrics/get-history-bulk?{ids}&metric_key=m&max_results=1500")
    assert [point["run_id"] for point in answer["metrics"]].count(runs[0]) == 1000 and len(answer["metrics"]) == 1500
    ids = "&".join(f"run_ids={run}" for run in runs)
    _, answer = rest("GET", f"metrics/get-history-bulk-interval?{ids}&metric_key=m&max_results=10")
    steps = [point["step"] for point in answer["metrics"] if point["run_id"] == runs[1]]
    assert len(steps) == 10 and steps[0] == 0 and steps[-1] == 999 and steps == sorted(steps)
    _, answer = rest("GET", f"metrics/get-history-bulk-interval?{ids}&metric_key=m&start_step=10&end_step=12")
    assert [point["step"] for point in answer["metrics"]] == [10, 11, 12] * 2
    assert rest("GET", f"metrics/get-history-bulk-interval?{ids}&metric_key=m&start_step=10")[0] == 400
    assert rest("GET", "metrics/get-history-bulk?metric_key=m")[0] == 400


def test_a_history_in_pages(client, rest, run):
    client.log_batch(run, [Metric("m", float(step), 1, step) for step in range(25)])
    got, token = [], ""
    while True:
        _, answer = rest("GET", f"metrics/get-history?run_id={run}&metric_key=m&max_results=10&page_token={token}")
        got += [point["step"] for point in answer["metrics"]]
        token = answer.get("next_page_token", "")
        if not token:
            break
    assert got == list(range(25))


def test_datasets(client, experiment):
    import pandas
    data = pandas.DataFrame({"x": [1, 2, 3], "y": [1.0, 2.0, 3.0]})
    with mlflow.start_run(experiment_id=experiment) as active:
        mlflow.log_input(mlflow.data.from_pandas(data, name="things", targets="y"), context="training", tags={"a": "b"})
        mlflow.log_input(mlflow.data.from_pandas(data, name="things", targets="y"), context="training")
    inputs = client.get_run(active.info.run_id).inputs.dataset_inputs
    assert [(each.dataset.name, each.dataset.source_type) for each in inputs] == [("things", "code")]
    assert {tag.key: tag.value for tag in inputs[0].tags} == {"mlflow.data.context": "training", "a": "b"}
    assert '"num_rows": 3' in inputs[0].dataset.profile
    for filter_string, count in [("dataset.name = 'things'", 1), ("datasets.name LIKE 'thi%'", 1), ("dataset.context = 'eval'", 0),
                                 ("dataset.context IN ('training', 'eval')", 1), (f"dataset.digest = '{inputs[0].dataset.digest}'", 1)]:
        assert len(client.search_runs([experiment], filter_string)) == count, filter_string


@pytest.fixture
def three(client, experiment):
    """Runs a, b and c with their values; c is without a metric."""
    ids = {}
    for place, (letter, value, status) in enumerate([("a", 3.0, "FINISHED"), ("b", math.nan, "FAILED"), ("c", None, "RUNNING")]):
        run = client.create_run(experiment, run_name=f"Run-{letter}", start_time=1_700_000_000_000 + place,
                                tags={"letter": letter, "mlflow.user": f"user-{letter}"})
        ids[letter] = run.info.run_id
        client.log_param(run.info.run_id, "learning rate", f"0.{place}")
        if value is not None:
            client.log_metric(run.info.run_id, "rmse", value)
        client.log_metric(run.info.run_id, "size", place)
        if status != "RUNNING":
            client.set_terminated(run.info.run_id, status, end_time=1_700_000_001_000 + place)
    return ids


@pytest.mark.parametrize(("filter_string", "found"), [
    ("", "cba"),
    ("metrics.rmse > 2", "a"),
    ("metrics.rmse >= 3.0 and metrics.rmse <= 3", "a"),
    ("metrics.rmse != 3", "b"),
    ("metrics.rmse = 0", ""),
    ("metric.size < 2", "ba"),
    ("metrics.`size` = 1", "b"),
    ("metrics.size > -1 AND metrics.size < 1e0", "a"),
    ("params.`learning rate` = '0.1'", "b"),
    ("params.\"learning rate\" != '0.1'", "ca"),
    ("param.`learning rate` LIKE '0.%'", "cba"),
    ("parameters.`learning rate` ILIKE '%2'", "c"),
    ("params.other IS NULL", "cba"),
    ("params.other IS NOT NULL", ""),
    ("tags.letter = 'a'", "a"),
    ("tags.letter != 'a'", "cb"),
    ("tag.letter ILIKE 'B'", "b"),
    ("tags.`letter` LIKE 'B'", ""),
    ("tags.nothing = 'a'", ""),
    ("status = 'FINISHED'", "a"),
    ("attributes.status != 'FINISHED'", "cb"),
    ("attribute.status ILIKE 'fin%'", "a"),
    ("attr.run_name = 'Run-c'", "c"),
    ("run.run_name LIKE 'Run-%'", "cba"),
    ("`run name` = 'Run-a'", "a"),
    ("user_id = 'user-b'", "b"),
    ("start_time > 1700000000000", "cb"),
    ("created = 1700000000000", "a"),
    ("attributes.end_time < 1700000001001", "a"),
    ("metrics.size >= 1 AND tags.letter = 'c' AND status = 'RUNNING'", "c"),
])
def test_filters(client, experiment, three, filter_string, found):
    runs = client.search_runs([experiment], filter_string)
    assert "".join(run.info.run_name[-1] for run in runs) == found


def test_filters_by_id(client, experiment, three):
    runs = client.search_runs([experiment], f"run_id IN ('{three['a']}', '{three['c']}')")
    assert [run.info.run_id for run in runs] == [three["c"], three["a"]]
    assert [run.info.run_id for run in client.search_runs([experiment], f"attributes.run_id NOT IN ('{three['a']}', '{three['c']}')")] == [
        three["b"]]


@pytest.mark.parametrize(("order_by", "found"), [
    (["metrics.rmse ASC"], "abc"), (["metrics.rmse DESC"], "abc"), (["metrics.size"], "abc"), (["metric.`size` DESC"], "cba"),
    (["params.`learning rate` DESC"], "cba"), (["tags.letter asc"], "abc"), (["attributes.start_time ASC"], "abc"), (["end_time"], "abc"),
    (["status ASC", "metrics.size DESC"], "bac"), (["run_name"], "abc"), ([], "cba"),
])
def test_orders(client, experiment, three, order_by, found):
    runs = client.search_runs([experiment], order_by=order_by)
    assert "".join(run.info.run_name[-1] for run in runs) == found


@pytest.mark.parametrize("wrong", [
    "metrics.a", "metrics.a = 'b'", "metrics.a LIKE 'b'", "params.a > '1'", "params.a = 1", "tags.a = b", "unknown.a = 'b'", "status",
    "status > 'A'", "start_time LIKE 'a'", "start_time = 'a'", "metrics.a = 1 OR metrics.b = 2", "(metrics.a = 1)", "metrics.a = 1,",
    "run_id IN ()", "status IN ('a')", "metrics.a IS NULL", "dataset.foo = 'a'", "tags.a = 'b", "; DROP TABLE runs", "artifact = 'a'",
    "metrics. = 1", "= 1", "metrics.a = 1 AND AND metrics.b = 1",
])
def test_filters_that_are_none(client, experiment, wrong):
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_runs([experiment], wrong)


@pytest.mark.parametrize("wrong", ["", "metrics.a UP", "metrics.a ASC DESC", "foo.a", "unknown", "metrics.a, metrics.b"])
def test_orders_that_are_none(client, experiment, wrong):
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_runs([experiment], order_by=[wrong])


def test_pages_and_views(client, experiment, three):
    client.delete_run(three["b"])
    first = client.search_runs([experiment], max_results=1)
    second = client.search_runs([experiment], max_results=1, page_token=first.token)
    assert [first[0].info.run_id, second[0].info.run_id] == [three["c"], three["a"]] and not second.token
    assert [run.info.run_id for run in client.search_runs([experiment], run_view_type=ViewType.DELETED_ONLY)] == [three["b"]]
    assert len(client.search_runs([experiment], run_view_type=ViewType.ALL)) == 3
    for size in [0, 50_001]:
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_runs([experiment], max_results=size)
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_runs([experiment], page_token="nonsense")


def test_search_as_a_frame(client, experiment, name, three):
    frame = mlflow.search_runs(experiment_names=[name], order_by=["start_time ASC"])
    assert list(frame["tags.letter"]) == ["a", "b", "c"] and list(frame["params.learning rate"]) == ["0.0", "0.1", "0.2"]
    assert frame["metrics.rmse"][0] == 3 and math.isnan(frame["metrics.rmse"][1])


def test_many_writers_lose_nothing(client, experiment):
    runs = [client.create_run(experiment).info.run_id for _ in range(4)]

    def write(writer: int) -> None:
        for batch in range(20):
            points = [Metric(f"w{writer}", float(point), 1, batch * 50 + point) for point in range(50)]
            client.log_batch(runs[writer % 4], points)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    for writer in range(16):
        history = client.get_metric_history(runs[writer % 4], f"w{writer}")
        assert [point.step for point in history] == list(range(1000))


def test_acknowledged_points_survive_a_kill(own_server):
    import signal
    client = mlflow.MlflowClient(own_server.url)
    run = client.create_run("0").info.run_id
    for step in range(20):
        client.log_metric(run, "m", step, step=step)
    own_server.stop(signal.SIGKILL)
    own_server.serve("--sql", "off")
    client = mlflow.MlflowClient(own_server.url)
    assert len(client.get_metric_history(run, "m")) == 20
