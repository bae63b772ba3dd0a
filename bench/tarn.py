"""The program that is measured: the built one, on a home of its own; and how long things take."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "release"
BINARY = os.environ.get("TARN_BINARY", str(BUILD / "bin" / "tarn"))
REQUEST_TIMEOUT_S = 300


@dataclass(frozen=True)
class Spent:
    """What a command that has ended took, as the operating system tells it."""

    wall_s: float
    cpu_s: float
    resident_mb: float  # at its largest
    output: str


def run(command: list[str], environment: dict[str, str] | None = None) -> Spent:
    """Runs a command, which must succeed."""
    apart = [sys.executable, "-S", "-E", str(Path(__file__).parent / "apart.py")]
    done = subprocess.run([*apart, *command], env=environment, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)[:200]} failed: {done.returncode}, {done.stderr.decode()}")
    return Spent(**json.loads(done.stdout))


def seconds(action: Callable[[], object]) -> float:
    """Of a command those that it told itself."""
    start = time.perf_counter()
    result = action()
    return result.wall_s if isinstance(result, Spent) else time.perf_counter() - start


def in_turn(runs: int, *actions: Callable[[], object]) -> list[list[float]]:
    """Each action's seconds, `runs` times, one after another in each run; once before that nothing is counted."""
    for action in actions:
        action()
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(runs):
        for action, times in zip(actions, taken, strict=True):
            times.append(seconds(action))
    return taken


def resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the process {pid} is gone")


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder on the disk that the build is on: what is synced there is synced to a disk."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as name:
        yield Path(name)


class Server:
    """A running server and one connection to it."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        start = time.perf_counter()
        self.process = subprocess.Popen([BINARY, "serve", "--listen", "127.0.0.1:0", *arguments], env=environment,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        line = self.process.stdout.readline().decode()
        self.ready_s = time.perf_counter() - start
        if "ready at http://" not in line:
            raise RuntimeError(f"tarn serve did not start: {line}")
        self.url = line.split("ready at ")[1].split()[0]
        self.port = int(self.url.rsplit(":", 1)[1].strip("/"))
        self.sql_port = int(self.process.stdout.readline().decode().rpartition(":")[2]) if "--sql" in arguments else 0
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_TIMEOUT_S)

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        self.connection.request(method, path, body, headers or {})
        response = self.connection.getresponse()
        answer = response.read()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path}: {response.status} {answer.decode()}")
        return answer

    def sql(self, query: str) -> list[list[object]]:
        """The rows of the query's last result set; none where it has no result."""
        body = json.dumps({"query": query, "database": "default"}).encode()
        answer = json.loads(self.request("POST", "/sql", body, {"Content-Type": "application/json"}))
        if answer.get("error"):
            raise RuntimeError(f"{query}: {answer['error']}")
        return answer["results"][-1]["rows"] if answer["results"] else []

    def stop(self) -> None:
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()


class Tarn:
    """A home in the folder, and the program on it."""

    def __init__(self, inside: Path) -> None:
        self.home = inside / "home"
        self.environment = {**os.environ, "TARN_HOME": str(self.home)}

    def command(self, *arguments: str) -> Spent:
        return run([BINARY, *arguments], self.environment)

    def put(self, file: Path, path: str) -> Spent:
        return self.command("lake", "put", str(file), path)

    @contextmanager
    def server(self, *arguments: str) -> Iterator[Server]:
        server = Server(self.environment, *arguments)
        try:
            yield server
        finally:
            server.stop()
