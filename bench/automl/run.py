"""Test RMSE of AutoML on the bike-rentals data after ten seconds, next to FLAML's after sixty and LightGBM's defaults.

    ./dev bench automl [--cpu] [--budget S] [--peer-budget S] [--splits N]

The same splits for all; one thread each. --cpu counts every budget in CPU seconds, for a busy machine. FLAML runs in an
environment of its own, made from requirements.txt on first use. Differences are paired by split; their standard error is
printed as they come.
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
from collections.abc import Iterable
from pathlib import Path

from table import NotRun, Row
from tarn import BUILD, ROOT

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("TARN_SHARED_DATA", ROOT.parent / "shared" / "data")) / "bike-rentals-training.csv"
LINE = re.compile(r"^split (\d+): rmse +([0-9.]+) \((\w+), .* ([0-9.]+) CPU s, .*LightGBM default +([0-9.]+)$")
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def peer_python() -> Path:
    """The peer's environment, made anew when requirements.txt changes."""
    requirements = HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    environment = ROOT / "build" / f"bench-automl-{digest}"
    python = environment / "bin" / "python"
    if not (environment / "ready").exists():
        venv.create(environment, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps", "--only-binary",
                        ":all:", "-r", requirements], check=True)
        (environment / "ready").touch()
    return python


def ours(options: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Test RMSE by split: of AutoML, and of LightGBM's defaults."""
    subprocess.run(["ninja", "-C", str(BUILD), "--quiet", "tarn_bench_automl"], check=True, stdout=sys.stderr)
    command = [BUILD / "bin" / "tarn_bench_automl", DATA, "--concurrency", "1", "--timeout", str(options.budget),
               "--seeds", str(options.splits), *(["--cpu"] if options.cpu else [])]
    found, default = [], []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        for line in process.stdout or []:
            tell(line.rstrip())
            if match := LINE.match(line):
                found.append(float(match[2]))
                default.append(float(match[5]))
    if process.returncode != 0 or len(found) != options.splits:
        raise RuntimeError("tarn_bench_automl failed")
    return found, default


def peers(options: argparse.Namespace) -> list[float]:
    python, found = peer_python(), []
    for split in range(options.splits):
        command = [python, HERE / "peer.py", DATA, str(split), str(options.peer_budget), *(["--cpu"] if options.cpu else [])]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              env=ENVIRONMENT)
        result = json.loads(done.stdout.splitlines()[-1])
        tell(f"split {split}: FLAML rmse {result['rmse']:6.1f} ({result['best']}, {result['cpu_s']:.1f} CPU s)")
        found.append(result["rmse"])
    return found


def tell_difference(name: str, theirs: list[float], found: list[float]) -> None:
    gains = [a - b for a, b in zip(theirs, found, strict=True)]
    error = statistics.stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else float("nan")
    tell(f"{name}: mean {statistics.mean(theirs):.1f}, {statistics.mean(gains):+.1f} ± {error:.1f} to Tarn's {statistics.mean(found):.1f}")


def measure(arguments: list[str]) -> Iterable[Row]:
    parser = argparse.ArgumentParser(prog="./dev bench automl")
    parser.add_argument("--cpu", action="store_true")
    parser.add_argument("--budget", type=float, default=10)
    parser.add_argument("--peer-budget", type=float, default=60)
    parser.add_argument("--splits", type=int, default=5)
    options = parser.parse_args(arguments)
    if not DATA.exists():
        raise NotRun(f"the data is not there: {DATA.name} in ../shared/data")
    clock = "CPU s" if options.cpu else "s"
    found, default = ours(options)
    flaml = peers(options)
    what = f"AutoML, bike rentals, {options.budget:g} {clock}: RMSE on test rows, by split"
    for name, theirs in ((f"FLAML, {options.peer_budget:g} {clock}", flaml), ("LightGBM default", default)):
        tell_difference(name, theirs, found)
        yield Row(what, "", found, name, theirs)
