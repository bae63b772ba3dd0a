"""PREDICT next to pandas and ONNX Runtime: a Parquet file of 12 features in, a key and a score out, 100 trees.

    ./dev bench predict [ROWS] [RUNS]

Tarn's time is that of the whole command, `tarn sql "CREATE TABLE ... AS SELECT ... FROM PREDICT(...)"`; the peer's is
without its imports. Then the scorer alone, one thread against ONNX Runtime's one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import lightgbm_model
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from table import Row
from tarn import BUILD, ROOT, Tarn, folder, run

FEATURES = 12
TREES, LEAVES, TRAINING_ROWS = 100, 31, 100_000
GROUP_ROWS = 1_000_000  # that are made and written at a time


def make_features(rows: int, seed: int) -> np.ndarray:
    """Normal numbers, one in a hundred missing: float32 [rows, FEATURES]."""
    random = np.random.default_rng(seed)
    features = random.standard_normal((rows, FEATURES), np.float32)
    features[random.random(features.shape, np.float32) < 0.01] = np.nan
    return features


def make_model(path: Path) -> None:
    features = make_features(TRAINING_ROWS, 0)
    filled = np.nan_to_num(features)
    target = 2 * filled[:, 0] + np.sin(3 * filled[:, 1]) + filled[:, 2] * filled[:, 3] + np.abs(filled[:, 4:]).sum(1)
    library = lightgbm_model.Library(ROOT / ".deps" / "lib" / "lib_lightgbm.so")
    dump = lightgbm_model.train(library, features, target, TREES, LEAVES)
    path.write_bytes(lightgbm_model.to_onnx(dump, FEATURES))


def make_data(path: Path, rows: int) -> None:
    names = [f"f{i}" for i in range(FEATURES)]
    schema = pa.schema([("id", pa.int64()), *((name, pa.float32()) for name in names)])
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, rows, GROUP_ROWS):
            count = min(GROUP_ROWS, rows - first)
            features = make_features(count, 1 + first)
            columns = [pa.array(features[:, i], from_pandas=True) for i in range(FEATURES)]  # NaN: NULL
            keys = pa.array(np.arange(first, first + count))
            writer.write_table(pa.table([keys, *columns], schema), row_group_size=122_880)


def score_query(table: int) -> str:
    named = ", ".join(f"r.f{i} AS [input[{i}]]]" for i in range(FEATURES))
    return (f"CREATE TABLE dbo.scored_{table} AS SELECT d.id, p.variable_out1 FROM PREDICT(MODEL = 'models:/bench/1', "
            f"DATA = (SELECT r.id, {named} FROM OPENROWSET(BULK 'files/in.parquet', FORMAT = 'PARQUET') AS r) AS d, "
            "RUNTIME = ONNX) WITH (variable_out1 real) AS p")


def check_scores(tarn: Tarn, peer_scores: Path) -> None:
    """Both must have scored the same: the sums agree, but for the order in which two threads add floats."""
    row = json.loads(tarn.command("sql", "-o", "json", "SELECT COUNT_BIG(*) AS n, SUM(CAST(variable_out1 AS float)) AS s "
                                  "FROM dbo.scored_0").output)[0]
    scores = pq.read_table(peer_scores)["variable_out1"].to_numpy()
    expected = float(scores.astype(np.float64).sum())
    if int(row["n"]) != len(scores) or abs(float(row["s"]) - expected) > 1e-7 * np.abs(scores).sum(dtype=np.float64):
        raise RuntimeError(f"the scores differ: {row}, {len(scores)} rows with the sum {expected}")


def scorer_alone(tarn: Tarn, model: Path) -> Row:
    program = BUILD / "bin" / "tarn_bench_scorer"
    library = {**tarn.environment, "TARN_LIBRARY_PATH": str(ROOT / ".deps" / "lib")}
    line = run([str(program), str(model)], library).output
    ours, theirs = re.search(r"native ([\d.]+), ONNX Runtime ([\d.]+)", line).groups()
    return Row("the scorer alone, one thread", "M rows/s", [float(ours)], "ONNX Runtime", [float(theirs)], more_is_better=True)


def measure(arguments: list[str]) -> Iterable[Row]:
    rows, runs = (int(text) for text in (*arguments, *("1000000", "5")[len(arguments):]))
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "tarn_bench_scorer"], check=True, stdout=subprocess.DEVNULL)
    with folder() as here:
        tarn = Tarn(here)
        model, data, peer_scores = here / "model.onnx", here / "in.parquet", here / "out.parquet"
        make_model(model)
        make_data(data, rows)
        tarn.put(data, "files/in.parquet")
        tarn.command("model", "register", "bench", str(model))
        ours, peers = [], []
        for number in range(runs):
            ours.append(tarn.command("sql", score_query(number)))
            peer = [sys.executable, str(Path(__file__).parent / "peer.py"), str(model), str(data), str(peer_scores)]
            peers.append(json.loads(run(peer).output))
        check_scores(tarn, peer_scores)
        what = f"PREDICT over {rows / 1e6:g} M rows x {FEATURES}, {TREES} trees"
        name = "pandas and ONNX Runtime"
        yield Row(what, "s", [spent.wall_s for spent in ours], name, [peer["wall"] for peer in peers])
        yield Row(f"{what}: CPU", "s", [spent.cpu_s for spent in ours], name, [peer["cpu"] for peer in peers])
        yield Row(f"{what}: memory", "MB", [spent.resident_mb for spent in ours], name,
                  [peer["resident_mb"] for peer in peers])
        yield scorer_alone(tarn, model)
