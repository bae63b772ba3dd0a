#!/usr/bin/env python3
"""Test RMSE of AutoML on the bike-rentals data after ten seconds, next to FLAML's after sixty and LightGBM's defaults.

    run.py [--cpu] [--budget S] [--peer-budget S] [--splits N]

The same splits for all; one thread each. --cpu counts every budget in CPU seconds, for a busy machine. FLAML runs in an
environment of its own, made from requirements.txt on first use. Differences are paired by split, with their standard
error.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "release"
DATA = Path(os.environ.get("TARN_SHARED_DATA", ROOT.parent / "shared" / "data")) / "bike-rentals-training.csv"
LINE = re.compile(r"^split (\d+): rmse +([0-9.]+) \((\w+), .* ([0-9.]+) CPU s, .*LightGBM default +([0-9.]+)$")
THREADS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


def peer_python() -> Path:
    """The peer's environment, made anew when requirements.txt changes."""
    requirements = HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    folder = ROOT / "build" / f"bench-automl-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary",
                        ":all:", "-r", requirements], check=True)
        (folder / "ready").touch()
    return python


def ours(options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Test RMSE by split: of AutoML, and of LightGBM's defaults."""
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "tarn_bench_automl"], check=True)
    command = [BUILD / "bin" / "tarn_bench_automl", DATA, "--concurrency", "1", "--timeout", str(options.budget), "--seeds",
               str(options.splits), *(["--cpu"] if options.cpu else [])]
    found, default = [], []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **THREADS}) as process:
        for line in process.stdout or []:
            print(line, end="", flush=True)
            if match := LINE.match(line):
                found.append(float(match[2]))
                default.append(float(match[5]))
    if process.returncode != 0 or len(found) != options.splits:
        sys.exit("tarn_bench_automl failed")
    return found, default


def peers(options: argparse.Namespace) -> list[float]:
    python, found = peer_python(), []
    for split in range(options.splits):
        command = [python, HERE / "peer.py", DATA, str(split), str(options.peer_budget), *(["--cpu"] if options.cpu else [])]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              env={**os.environ, **THREADS})
        result = json.loads(done.stdout.splitlines()[-1])
        print(f"split {split}: FLAML rmse {result['rmse']:6.1f} ({result['best']}, {result['cpu_s']:.1f} CPU s)", flush=True)
        found.append(result["rmse"])
    return found


def row(name: str, values: list[float], base: list[float]) -> None:
    gains = [a - b for a, b in zip(values, base, strict=True)]
    error = statistics.stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else float("nan")
    print(f"{name:28} {statistics.mean(values):7.1f}   {statistics.mean(gains):+7.1f} ± {error:.1f}")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--budget", type=float, default=10)
    parser.add_argument("--peer-budget", type=float, default=60)
    parser.add_argument("--splits", type=int, default=5)
    options = parser.parse_args()
    if not DATA.exists():
        print(f"NOT RUN: the data is not there: {DATA}")
        return 0
    found, default = ours(options)
    flaml = peers(options)
    clock = "CPU s" if options.cpu else "s"
    print(f"\n{'mean test RMSE':28} {'':7}   less Tarn's, ± its standard error over {options.splits} splits")
    row(f"Tarn, {options.budget:g} {clock}", found, found)
    row(f"FLAML, {options.peer_budget:g} {clock}", flaml, found)
    row("LightGBM's defaults", default, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
