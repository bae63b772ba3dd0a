"""Test RMSE of AutoML on the bike-rentals data after ten seconds, next to LightGBM's default in the same run.

    ./dev bench automl [OPTIONS of tarn_bench_automl]
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable

from table import NotRun, Row
from tarn import BUILD, ROOT, run

DATA = ROOT.parent / "shared" / "data" / "bike-rentals-training.csv"
TIMEOUT_S = 10


def measure(arguments: list[str]) -> Iterable[Row]:
    if not DATA.exists():
        raise NotRun(f"the data is not there: {DATA.name} in ../shared/data")
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "tarn_bench_automl"], check=True, stdout=subprocess.DEVNULL)
    options = arguments or ["--timeout", str(TIMEOUT_S), "--concurrency", "2"]
    output = run([str(BUILD / "bin" / "tarn_bench_automl"), str(DATA), *options]).output
    splits = re.findall(r"^split \d+: rmse +([\d.]+) .*LightGBM default +([\d.]+)", output, re.M)
    what = " ".join(arguments) or f"{TIMEOUT_S} s"
    yield Row(f"AutoML, bike rentals, {what}: RMSE on test rows, by split", "", [float(ours) for ours, _ in splits],
              "LightGBM default", [float(peer) for _, peer in splits])
