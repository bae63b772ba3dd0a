#!/usr/bin/env python3
"""How long the server takes to be ready, what it holds then, and how long light commands take.

Each figure is a median over runs; the peer is a Python interpreter that starts and does nothing, measured in turn with
each, so that the ratio says something on a busy machine.
"""

from __future__ import annotations

import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 15
ROOT = Path(__file__).resolve().parents[2]
TARN = os.environ.get("TARN_BINARY", str(ROOT / "build" / "release" / "bin" / "tarn"))


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def wall_and_cpu_ms(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall * 1000, (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def start_server(environment: dict[str, str]) -> tuple[float, float]:
    """Milliseconds from exec until it says that it is ready, and megabytes resident a second later."""
    start = time.perf_counter()
    server = subprocess.Popen([TARN, "serve", "--listen", "127.0.0.1:0"], env=environment, stdout=subprocess.PIPE)
    server.stdout.readline()
    ready = (time.perf_counter() - start) * 1000
    time.sleep(1)
    resident = resident_mb(server.pid)
    server.send_signal(signal.SIGTERM)
    server.wait()
    server.stdout.close()
    return ready, resident


def row(name: str, values: list[float], unit: str) -> None:
    print(f"{name:42} {statistics.median(values):9.1f} {unit}   ({min(values):.1f} to {max(values):.1f})")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "TARN_HOME": folder + "/home"}
        start_server(environment)
        servers = [start_server(environment) for _ in range(RUNS)]
        row("server ready after", [ready for ready, _ in servers], "ms")
        row("resident when fresh and idle", [resident for _, resident in servers], "MB")
        peer, figures = [], {}
        for _ in range(RUNS):
            peer.append(wall_and_cpu_ms([sys.executable, "-S", "-c", ""], environment))
            for arguments in ("version", "lake ls", "table list", "model list"):
                figures.setdefault(arguments, []).append(wall_and_cpu_ms([TARN, *arguments.split()], environment))
        row("peer: python3 -S -c ''", [wall for wall, _ in peer], "ms")
        for arguments, values in figures.items():
            row(f"tarn {arguments}", [wall for wall, _ in values], "ms")
            row("  CPU time", [cpu for _, cpu in values], "ms")
            row("  wall, ratio to the peer", [a[0] / b[0] for a, b in zip(values, peer)], "")


if __name__ == "__main__":
    main()
