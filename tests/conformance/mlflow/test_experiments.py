"""Experiments through MLflow's client."""

from __future__ import annotations

import mlflow
import pytest
from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException


def refused(code: str, *words: str):
    """The error that the block must end with."""
    class Refused:
        def __enter__(self):
            return self

        def __exit__(self, kind, error, _trace):
            assert isinstance(error, MlflowException), f"not refused: {error!r}"
            assert error.error_code == code, f"{error.error_code}: {error}"
            for word in words:
                assert word in str(error), str(error)
            return True

    return Refused()


def test_the_default_experiment_is_there(client):
    default = client.get_experiment("0")
    assert (default.name, default.lifecycle_stage) == ("Default", "active")
    assert default.artifact_location == "mlflow-artifacts:/0"
    assert client.get_experiment_by_name("Default").experiment_id == "0"


def test_create_and_get(client, name):
    made = client.create_experiment(name, tags={"team": "a", "mlflow.note.content": "a note"})
    got = client.get_experiment(made)
    assert (got.name, got.lifecycle_stage, got.tags["team"]) == (name, "active", "a")
    assert got.creation_time == got.last_update_time and got.creation_time > 1_700_000_000_000
    assert got.artifact_location == f"mlflow-artifacts:/{made}"
    assert client.get_experiment_by_name(name).experiment_id == made


def test_a_name_is_taken(client, experiment, name):
    with refused("RESOURCE_ALREADY_EXISTS", name):
        client.create_experiment(name)
    client.delete_experiment(experiment)
    with refused("RESOURCE_ALREADY_EXISTS"):
        client.create_experiment(name)


def test_what_is_not_there(client, rest):
    assert client.get_experiment_by_name("no such one") is None
    with refused("RESOURCE_DOES_NOT_EXIST", "No Experiment with id=12345 exists"):
        client.get_experiment("12345")
    status, answer = rest("GET", "experiments/get-by-name?experiment_name=nobody")
    assert (status, answer["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert answer["message"].startswith("Could not find experiment with name 'nobody'")


@pytest.mark.parametrize("wrong", ["", "x" * 501])
def test_names_that_are_none(rest, wrong):
    status, answer = rest("POST", "experiments/create", {"name": wrong})
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")


def test_rename(client, experiment, name):
    client.rename_experiment(experiment, name + "-2")
    assert client.get_experiment(experiment).name == name + "-2"
    assert client.get_experiment_by_name(name) is None
    with refused("RESOURCE_ALREADY_EXISTS"):
        client.rename_experiment(experiment, "Default")


def test_delete_and_restore_take_the_runs_along(client, experiment, run):
    client.delete_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == "deleted"
    assert client.get_run(run).info.lifecycle_stage == "deleted"
    with refused("INVALID_PARAMETER_VALUE", "must be in the 'active' state"):
        client.create_run(experiment)
    with refused("INVALID_PARAMETER_VALUE"):
        client.rename_experiment(experiment, "other")
    client.restore_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == "active"
    assert client.get_run(run).info.lifecycle_stage == "active"


def test_tags(client, experiment):
    client.set_experiment_tag(experiment, "k", "v")
    client.set_experiment_tag(experiment, "k", "w")
    client.set_experiment_tag(experiment, "other", "")
    assert client.get_experiment(experiment).tags == {"k": "w", "other": ""}
    client.delete_experiment_tag(experiment, "k")
    assert client.get_experiment(experiment).tags == {"other": ""}
    with refused("RESOURCE_DOES_NOT_EXIST", "No tag with name: k"):
        client.delete_experiment_tag(experiment, "k")


def test_a_location_elsewhere_is_refused_by_name(rest, name):
    status, answer = rest("POST", "experiments/create", {"name": name, "artifact_location": "s3://bucket/x"})
    assert (status, answer["error_code"]) == (501, "NOT_IMPLEMENTED")
    assert "s3://bucket/x" in answer["message"]


@pytest.fixture
def some(client, name):
    """Three experiments, the second deleted."""
    ids = [client.create_experiment(f"{name}-{letter}", tags={"letter": letter, "of": name}) for letter in "abc"]
    client.delete_experiment(ids[1])
    return ids


@pytest.mark.parametrize(("filter_string", "found"), [
    ("name = '{0}-a'", "a"),
    ("name != '{0}-a' AND tags.of = '{0}'", "c"),
    ("name LIKE '{0}%'", "ca"),
    ("name LIKE '{1}%'", ""),
    ("name ILIKE '{1}%'", "ca"),
    ("tags.letter = 'c' AND tags.of = '{0}'", "c"),
    ("tag.letter LIKE 'a%' and tags.`of` = '{0}'", "a"),
    ("attribute.name = '{0}-c'", "c"),
    ("creation_time > 0 AND tags.of = '{0}'", "ca"),
    ("last_update_time <= 5 AND tags.of = '{0}'", ""),
    ("tags.of = '{0}' AND tags.nothing IS NULL", "ca"),
    ("tags.of = '{0}' AND tags.letter IS NOT NULL", "ca"),
])
def test_filters(client, some, name, filter_string, found):
    got = client.search_experiments(filter_string=filter_string.format(name, name.upper()))
    assert "".join(each.name[-1] for each in got) == found


def test_views_orders_and_pages(client, some, name):
    mine = f"tags.of = '{name}'"
    def letters(**how):
        return "".join(each.name[-1] for each in client.search_experiments(filter_string=mine, **how))

    assert letters(view_type=ViewType.ALL) == "cba"
    assert letters(view_type=ViewType.DELETED_ONLY) == "b"
    assert letters(order_by=["name ASC"]) == "ac"
    assert letters(order_by=["tags.letter DESC"]) == "ca"
    assert letters(view_type=ViewType.ALL, order_by=["name DESC"]) == "cba"
    assert letters(view_type=ViewType.ALL, order_by=["creation_time ASC"]) == "abc"
    first = client.search_experiments(ViewType.ALL, max_results=2, filter_string=mine)
    assert [each.name[-1] for each in first] == ["c", "b"] and first.token
    second = client.search_experiments(ViewType.ALL, max_results=2, filter_string=mine, page_token=first.token)
    assert [each.name[-1] for each in second] == ["a"] and not second.token


@pytest.mark.parametrize("wrong", [
    "name", "name =", "name = ", "name ~ 'a'", "nme = 'a'", "metrics.a > 1", "tags.a = 1", "name = 'a' OR name = 'b'",
    "creation_time = 'a'", "name > 'a'", "'a", "name = 'a' AND", "foo.bar = 'a'",
])
def test_filters_that_are_none(client, wrong):
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_experiments(filter_string=wrong)


def test_set_experiment_makes_it(client, name):
    mlflow.set_experiment(name)
    with mlflow.start_run() as active:
        assert active.info.experiment_id == client.get_experiment_by_name(name).experiment_id
