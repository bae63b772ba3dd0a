"""The lab's SQL: a table, COPY INTO, a procedure with PREDICT, EXEC; and a small model for it."""

from __future__ import annotations

import csv
from pathlib import Path

import onnx
from onnx import TensorProto, helper

FEATURES = {"season": "int", "mnth": "varchar(5)", "holiday": "int", "weekday": "int", "workingday": "int", "weathersit": "varchar(30)",
            "temp": "float", "atemp": "float", "hum": "float", "windspeed": "float"}
WEIGHTS = {"temp": 500.0, "hum": -120.0, "windspeed": -60.0}
BASE = 100.0
MODEL = "rental-prediction-model"


def model() -> bytes:
    """rentals = BASE + the sum of WEIGHTS times their columns."""
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in WEIGHTS]
    output = helper.make_tensor_value_info("variable_out1", TensorProto.FLOAT, [None, 1])
    nodes = [helper.make_node("Concat", list(WEIGHTS), ["all"], axis=1),
             helper.make_node("MatMul", ["all", "weights"], ["sum"]),
             helper.make_node("Add", ["sum", "base"], ["variable_out1"])]
    constants = [helper.make_tensor("weights", TensorProto.FLOAT, [len(WEIGHTS), 1], list(WEIGHTS.values())),
                 helper.make_tensor("base", TensorProto.FLOAT, [1], [BASE])]
    graph = helper.make_graph(nodes, "rentals", inputs, [output], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return made.SerializeToString()


def batches(database: str) -> list[str]:
    """The lab from an empty database on; the last one gives the predictions."""
    columns = ", ".join(f"{name} {kind}" for name, kind in FEATURES.items())
    return [
        f"USE {database}",
        f"CREATE TABLE dbo.weather_forecast ({columns})",
        "COPY INTO dbo.weather_forecast\nFROM 'files/data/weather-forecast.csv'\nWITH (FILE_TYPE = 'CSV', FIRSTROW = 2)",
        f"CREATE PROCEDURE dbo.predict_rentals AS\nBEGIN\n  SELECT d.mnth, d.temp, p.variable_out1\n"
        f"  FROM PREDICT(MODEL = 'models:/{MODEL}/1', DATA = dbo.weather_forecast AS d, RUNTIME = ONNX)\n"
        "       WITH (variable_out1 real) AS p\n  ORDER BY d.temp, p.variable_out1\nEND",
        "EXEC dbo.predict_rentals",
    ]


def expected(forecast: Path) -> list[float]:
    with forecast.open() as file:
        return sorted(BASE + sum(weight * float(row[name]) for name, weight in WEIGHTS.items()) for row in csv.DictReader(file))
