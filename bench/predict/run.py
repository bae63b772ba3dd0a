#!/usr/bin/env python3
"""PREDICT next to pandas and ONNX Runtime: a Parquet file of 12 features in, a key and a score out, 100 trees.

    run.py [ROWS] [RUNS]

Tarn's time is that of the whole command, `tarn sql "CREATE TABLE ... AS SELECT ... FROM PREDICT(...)"`; the peer's is
without its imports. They run in turn; figures are medians over the runs, ratios those of each pair. Then the scorer
alone, one thread against ONNX Runtime's one.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lightgbm_model
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
TARN = os.environ.get("TARN_BINARY", str(BUILD / "bin" / "tarn"))
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


def measure(command: list[str], environment: dict[str, str]) -> tuple[dict[str, float], str]:
    """Wall and CPU seconds and the largest resident megabytes of a command that must succeed; its output."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.stdout.close()
    if status != 0:
        raise SystemExit(f"{command[0]} failed: {status}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "resident_mb": usage.ru_maxrss / 1024}, output


def score_query(table: int) -> str:
    named = ", ".join(f"r.f{i} AS [input[{i}]]]" for i in range(FEATURES))
    return (f"CREATE TABLE dbo.scored_{table} AS SELECT d.id, p.variable_out1 FROM PREDICT(MODEL = 'models:/bench/1', "
            f"DATA = (SELECT r.id, {named} FROM OPENROWSET(BULK 'files/in.parquet', FORMAT = 'PARQUET') AS r) AS d, "
            "RUNTIME = ONNX) WITH (variable_out1 real) AS p")


def check_scores(environment: dict[str, str], peer_scores: Path) -> None:
    """Both must have scored the same: the sums agree, but for the order in which two threads add floats."""
    answer = subprocess.run([TARN, "sql", "-o", "json", "SELECT COUNT_BIG(*) AS n, SUM(CAST(variable_out1 AS float)) "
                             "AS s FROM dbo.scored_0"], env=environment, capture_output=True, check=True)
    row = json.loads(answer.stdout)[0]
    scores = pq.read_table(peer_scores)["variable_out1"].to_numpy()
    expected = float(scores.astype(np.float64).sum())
    if int(row["n"]) != len(scores) or abs(float(row["s"]) - expected) > 1e-7 * np.abs(scores).sum(dtype=np.float64):
        raise SystemExit(f"the scores differ: {row}, {len(scores)} rows with the sum {expected}")


def main() -> int:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "tarn_bench_scorer"], check=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {**os.environ, "TARN_HOME": str(folder / "home")}
        model, data, peer_scores = folder / "model.onnx", folder / "in.parquet", folder / "out.parquet"
        make_model(model)
        make_data(data, rows)
        for command in (["lake", "put", str(data), "files/in.parquet"], ["model", "register", "bench", str(model)]):
            subprocess.run([TARN, *command], env=environment, stdout=subprocess.DEVNULL, check=True)
        ours, peers = [], []
        for run in range(runs):
            ours.append(measure([TARN, "sql", score_query(run)], environment)[0])
            peer = [sys.executable, str(Path(__file__).parent / "peer.py"), str(model), str(data), str(peer_scores)]
            peers.append(json.loads(measure(peer, environment)[1]))
        check_scores(environment, peer_scores)

        def median(of: list[dict[str, float]], what: str) -> float:
            return statistics.median(figures[what] for figures in of)

        def ratio(what: str) -> float:
            return statistics.median(b[what] / a[what] for a, b in zip(ours, peers, strict=True))

        print(f"PREDICT, {rows / 1e6:g} M rows x {FEATURES}, {TREES} trees x {LEAVES} leaves, median of {runs}:")
        print(f"  Tarn                   {median(ours, 'wall'):6.2f} s wall {median(ours, 'cpu'):6.2f} s CPU "
              f"{median(ours, 'resident_mb'):6.0f} MB")
        print(f"  pandas + ONNX Runtime  {median(peers, 'wall'):6.2f} s wall {median(peers, 'cpu'):6.2f} s CPU "
              f"{median(peers, 'resident_mb'):6.0f} MB")
        print(f"  ratio                  {ratio('wall'):6.2f}        {ratio('cpu'):6.2f}", flush=True)
        scorer = BUILD / "bench" / "predict" / "tarn_bench_scorer"
        library = {**environment, "TARN_LIBRARY_PATH": str(ROOT / ".deps" / "lib")}
        subprocess.run([str(scorer), str(model)], env=library, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
