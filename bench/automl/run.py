#!/usr/bin/env python3
"""Test RMSE of AutoML on the bike-rentals data after ten seconds, next to LightGBM's default in the same run."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
DATA = ROOT.parent / "shared" / "data" / "bike-rentals-training.csv"


def main() -> int:
    if not DATA.exists():
        print(f"NOT RUN: the data is not there: {DATA}")
        return 0
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "tarn_bench_automl"], check=True)
    program = BUILD / "bin" / "tarn_bench_automl"
    options = sys.argv[1:] or ["--timeout", "10", "--concurrency", "2"]
    return subprocess.run([str(program), str(DATA), *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
