"""A model folder written by AutoML is a model to MLflow: its files, signature and input example, and what it predicts."""

from __future__ import annotations

from pathlib import Path

import mlflow.onnx
import mlflow.pyfunc
import numpy as np
import onnxruntime
import pandas as pd
import pytest
from mlflow.models import Model
from tarn_program import EXAMPLE, Tarn

NUMBERS = ["season", "holiday", "weekday", "workingday", "temp", "atemp", "hum", "windspeed"]
TEXTS = ["mnth", "weathersit"]
EDGES = """CREATE TABLE dbo.edges AS
SELECT CAST(DATEADD(day, value, '2026-01-01') AS date) AS [the day], NULLIF(value % 7, 3) AS [week day],
       CASE WHEN value % 5 = 0 THEN NULL ELSE CONCAT(N'größe ', value % 4) END AS [text"s],
       CAST(value % 2 AS bit) AS flag, CAST(value AS decimal(9, 2)) / 3 AS price, value % 7 * 3 + value % 4 + value / 50.0 AS target
FROM GENERATE_SERIES(1, 200)"""


@pytest.fixture(scope="module")
def home(binary, tmp_path_factory):
    tarn = Tarn(binary, tmp_path_factory.mktemp("mlflow") / "home")
    tarn.serve()
    tarn.ok("lake", "put", str(EXAMPLE / "bike-rentals.csv"), "files/data/")
    tarn.ok("sql", (EXAMPLE / "lab.sql").read_text().split("\nGO\n")[3])
    tarn.ok("sql", EDGES)
    for table, target in [("bike_data", "rentals"), ("edges", "target")]:
        tarn.ok("automl", "regression", "--table", f"default.{table}", "--target", target, "--max-trials", "3", "--timeout",
                "100s", "--concurrency", "2", "--model", table, "--wait")
    yield tarn
    tarn.stop()


@pytest.fixture(scope="module")
def folder(home, tmp_path_factory) -> Path:
    """The lab's model, downloaded with all its files."""
    target = tmp_path_factory.mktemp("download") / "model"
    assert "got" in home.run("model", "download", "bike_data", f"{target}/").stderr.decode()
    return target


@pytest.fixture(scope="module")
def forecast() -> pd.DataFrame:
    return pd.read_csv(EXAMPLE / "weather-forecast.csv")


def by_onnxruntime(model: Path, frame: pd.DataFrame) -> np.ndarray:
    session = onnxruntime.InferenceSession(model / "model.onnx")
    feed = {}
    for port in session.get_inputs():
        values = frame[port.name].astype(object) if "string" in port.type else frame[port.name].astype("float64")
        feed[port.name] = values.to_numpy().reshape(-1, 1)
    return session.run(["variable_out1"], feed)[0].ravel()


def predicted(model: mlflow.pyfunc.PyFuncModel, frame) -> np.ndarray:
    return np.asarray(model.predict(frame)["variable_out1"]).ravel()


def test_the_download_is_the_registered_folder(home, folder, tmp_path):
    assert {path.name for path in folder.iterdir()} == {"MLmodel", "conda.yaml", "input_example.json", "model.onnx",
                                                        "model_card.md", "python_env.yaml", "requirements.txt"}
    registered = home.home / "lake" / "models" / "bike_data" / "1"
    for path in folder.iterdir():
        assert path.read_bytes() == (registered / path.name).read_bytes()
    again = home.run("model", "download", "bike_data", f"{folder}/")
    assert again.returncode == 5 and b"is not empty" in again.stderr
    none = home.run("model", "download", "nothing", f"{tmp_path}/n/")
    assert none.returncode == 3 and not (tmp_path / "n").exists()


def test_only_a_versions_own_files_are_given(home):
    import urllib.error
    import urllib.request

    for path in ["%2E%2E/%2E%2E/bike_data/1/MLmodel", "..%2F..%2F..%2F..%2Ftarn.db", "nothing", ".tarn-pending"]:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{home.url}/models/bike_data:1/files/{path}")
        assert refused.value.code in (400, 404)


def test_mlflow_reads_what_the_model_is(home, folder):
    model = Model.load(str(folder))
    assert set(model.flavors) == {"onnx", "python_function"}
    assert model.flavors["python_function"]["loader_module"] == "mlflow.onnx"
    assert model.run_id == home.json("model", "show", "bike_data")["run_id"]
    inputs = {port.name: (port.type, port.shape) for port in model.signature.inputs}
    assert inputs == {**{name: (np.dtype("float64"), (-1, 1)) for name in NUMBERS},
                      **{name: (np.dtype("str"), (-1, 1)) for name in TEXTS}}
    output, = model.signature.outputs
    assert (output.name, output.type, output.shape) == ("variable_out1", np.dtype("float32"), (-1, 1))


def test_the_input_example_is_scored(folder):
    model = Model.load(str(folder))
    example = model.load_input_example(str(folder))
    assert list(example.columns) == [port.name for port in model.signature.inputs]
    assert len(example) == 3
    known = pd.read_csv(EXAMPLE / "bike-rentals.csv")
    assert set(example["temp"].astype(float)) <= set(known["temp"])
    got = predicted(mlflow.pyfunc.load_model(str(folder)), example)
    assert np.array_equal(got, by_onnxruntime(folder, example))


def test_pyfunc_predicts_a_pandas_frame_as_onnxruntime_does(folder, forecast):
    model = mlflow.pyfunc.load_model(str(folder))
    expected = by_onnxruntime(folder, forecast)
    assert np.array_equal(predicted(model, forecast), expected)
    assert np.array_equal(predicted(model, forecast.assign(unused=1)[::-1]), expected[::-1])
    assert np.array_equal(predicted(model, forecast.head(1)), expected[:1])
    unseen = forecast.assign(mnth="Smarch", temp=np.nan)
    assert np.array_equal(predicted(model, unseen), by_onnxruntime(folder, unseen))
    with pytest.raises(Exception, match="windspeed"):
        model.predict(forecast.drop(columns="windspeed"))


def test_the_onnx_flavour_is_the_graph(folder):
    graph = mlflow.onnx.load_model(str(folder))
    assert [output.name for output in graph.graph.output] == ["variable_out1"]


def test_dates_bits_missing_values_and_odd_names(home, tmp_path):
    folder = tmp_path / "edges"
    home.ok("model", "download", "edges", f"{folder}/")
    model = Model.load(str(folder))
    example = model.load_input_example(str(folder))
    names = [port.name for port in model.signature.inputs]
    assert {"the day", "week day", 'text"s'} <= set(names) == set(example.columns)
    loaded = mlflow.pyfunc.load_model(str(folder))
    assert np.array_equal(predicted(loaded, example), by_onnxruntime(folder, example))
    days = (pd.Timestamp("2026-03-01") - pd.Timestamp("1970-01-01")).days
    row = example.head(1).assign(**{"the day": float(days), "week day": np.nan, 'text"s': ""})
    assert np.array_equal(predicted(loaded, row), by_onnxruntime(folder, row))
