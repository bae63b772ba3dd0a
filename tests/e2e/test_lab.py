"""The bike-rentals lab through the built program, with the model checked by Python's onnxruntime."""

import csv
import json

import numpy as np
import onnxruntime
import pytest
from conftest import EXAMPLE, SHARED_DATA

BIKE_FEATURES = ["season", "mnth", "holiday", "weekday", "workingday", "weathersit", "temp", "atemp", "hum", "windspeed"]


def onnx_predictions(model: bytes, rows: list[dict]) -> np.ndarray:
    session = onnxruntime.InferenceSession(model)
    kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(int64)": np.int64,
             "tensor(string)": np.str_, "tensor(bool)": np.bool_}
    feed = {}
    for port in session.get_inputs():
        kind = kinds[port.type]
        values = [row[port.name] if kind is np.str_ else float(row[port.name]) for row in rows]
        feed[port.name] = np.array(values, dtype=kind).reshape(-1, 1)
    return session.run(["variable_out1"], feed)[0].ravel()


def test_the_example_from_csv_to_forecast(server, tmp_path):
    server.ok("lake", "put", str(EXAMPLE / "bike-rentals.csv"), str(EXAMPLE / "weather-forecast.csv"), "files/data/")
    script = (EXAMPLE / "lab.sql").read_text().split("\nGO\n")
    create_table, load_forecast = script[3], script[5]
    server.ok("sql", create_table)
    assert server.sql("SELECT COUNT(*) AS n, SUM(rentals) AS s FROM bike_data")[0]["n"] == 355

    job = server.json("automl", "regression", "--table", "default.bike_data", "--target", "rentals", "--metric",
                      "spearman_correlation", "--timeout", "60s", "--max-trials", "4", "--concurrency", "2",
                      "--experiment", "e2e", "--model", "rental-prediction-model", "--seed", "0", "--wait")
    assert job["status"] == "Completed"

    runs = server.json("experiment", "show", "e2e")["runs"]
    trials = [run for run in runs if run.get("parent_id")]
    assert len(trials) >= 4
    for run in trials:
        assert run["status"] == "FINISHED"
        assert {"spearman_correlation", "r2_score", "mean_absolute_error", "root_mean_squared_error",
                "normalized_root_mean_squared_error", "explained_variance"} <= set(run["metrics"])

    model = server.json("model", "show", "rental-prediction-model")
    assert model["version"] == 1
    assert model["table"] == "default.dbo.bike_data"
    assert model["table_version"] == "0"
    assert model["seed"] == "0"
    assert model["run_id"] == job["result"]["best_child_run_id"]
    assert [port["name"] for port in model["outputs"]] == ["variable_out1"]

    server.ok("sql", load_forecast)
    forecast = server.ok("model", "deploy-sql", "rental-prediction-model", "--procedure", "dbo.predict_rentals", "--table",
                         "dbo.rental_prediction_model", "--data", "dbo.weather_forecast", "--run")
    assert "variable_out1" in forecast
    rows = server.sql("EXEC dbo.predict_rentals")
    assert len(rows) == 10

    server.ok("model", "download", "rental-prediction-model", str(tmp_path / "m.onnx"))
    with (EXAMPLE / "weather-forecast.csv").open() as file:
        expected = onnx_predictions((tmp_path / "m.onnx").read_bytes(), list(csv.DictReader(file)))
    assert np.allclose(sorted(row["variable_out1"] for row in rows), sorted(expected), rtol=1e-5)
    assert all(0 < value < 10000 for value in expected)

    # Again, by the registry's reference and by alias-free name, and into a table.
    direct = server.sql("SELECT p.variable_out1 FROM PREDICT(MODEL = 'models:/rental-prediction-model/1', "
                        "DATA = dbo.weather_forecast AS d, RUNTIME = ONNX) WITH (variable_out1 real) AS p")
    assert np.allclose(sorted(row["variable_out1"] for row in direct), sorted(expected), rtol=1e-5)
    # Deploying again changes nothing but the procedure.
    server.ok("model", "deploy-sql", "rental-prediction-model", "--procedure", "dbo.predict_rentals", "--table",
              "dbo.rental_prediction_model", "--data", "dbo.weather_forecast", "--run")
    assert server.sql("SELECT COUNT(*) AS n FROM dbo.rental_prediction_model") == [{"n": 1}]


def test_same_seed_and_trials_same_model(server, tmp_path):
    server.ok("lake", "put", str(EXAMPLE / "bike-rentals.csv"), "files/data/")
    server.ok("sql", (EXAMPLE / "lab.sql").read_text().split("\nGO\n")[3])
    models = []
    for concurrency in ("1", "2"):
        server.ok("automl", "regression", "--table", "default.bike_data", "--target", "rentals", "--timeout", "120s",
                  "--max-trials", "5", "--concurrency", concurrency, "--seed", "7", "--model", "m", "--wait")
        server.ok("model", "download", "m:" + concurrency, str(tmp_path / "m.onnx"))
        models.append((tmp_path / "m.onnx").read_bytes())
    assert models[0] == models[1]


def test_the_issue_lab_on_the_original_data(server, tmp_path):
    if not SHARED_DATA.exists():
        pytest.skip(f"NOT RUN: the lab's original data is not there ({SHARED_DATA})")
    server.ok("lake", "put", str(SHARED_DATA / "bike-rentals-training.csv"), str(SHARED_DATA / "weather-forecast.csv"),
              "files/data/")
    top = server.sql("SELECT TOP 3 * FROM OPENROWSET(BULK 'files/data/bike-rentals-training.csv', FORMAT='CSV', "
                     "PARSER_VERSION='2.0', HEADER_ROW=TRUE) AS r")
    assert [row["rentals"] for row in top] == [331, 131, 120]
    server.ok("sql", "-d", "default", "CREATE TABLE bike_data AS SELECT " + ", ".join(BIKE_FEATURES) + ", rentals FROM "
              "OPENROWSET(BULK 'files/data/bike-rentals-training.csv', FORMAT='CSV', PARSER_VERSION='2.0', "
              "HEADER_ROW=TRUE) AS r")
    job = server.json("automl", "regression", "--table", "default.bike_data", "--target", "rentals", "--metric",
                      "spearman_correlation", "--timeout", "20s", "--concurrency", "2", "--experiment",
                      "mslearn-bike-rentals", "--model", "rental-prediction-model", "--seed", "0", "--wait")
    assert job["status"] == "Completed"
    server.ok("model", "download", "rental-prediction-model", str(tmp_path / "m.onnx"))
    with (SHARED_DATA / "bike-rentals-training.csv").open() as file:
        rows = list(csv.DictReader(file))
    predicted = onnx_predictions((tmp_path / "m.onnx").read_bytes(), rows)
    target = np.array([float(row["rentals"]) for row in rows])
    assert np.sqrt(np.mean((predicted - target) ** 2)) < np.std(target)


def test_rest_gives_json_and_arrow(server):
    import urllib.request

    import pyarrow.ipc

    def post(query, accept):
        request = urllib.request.Request(server.url + "/sql", json.dumps({"query": query}).encode(),
                                         {"Content-Type": "application/json", "Accept": accept})
        with urllib.request.urlopen(request) as response:
            return response.read()

    query = "SELECT CAST(7 AS int) AS a, N'ü' AS b, CAST(1.5 AS float) AS c, CAST(NULL AS date) AS d"
    answer = json.loads(post(query, "application/json"))
    assert answer["results"][0]["rows"] == [[7, "ü", 1.5, None]]
    table = pyarrow.ipc.open_stream(post(query, "application/vnd.apache.arrow.stream")).read_all()
    assert table.to_pylist() == [{"a": 7, "b": "ü", "c": 1.5, "d": None}]
