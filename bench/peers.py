"""Peers that several measurements share."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path


class WebPeer:
    """web_peer.py, running."""

    name = "Starlette on uvicorn"

    def __init__(self, folder: Path) -> None:
        start = time.perf_counter()
        script = Path(__file__).parent / "web_peer.py"
        self.process = subprocess.Popen([sys.executable, str(script), str(folder / "peer.db")], stdout=subprocess.PIPE)
        word, _, port = self.process.stdout.readline().decode().partition(" ")
        self.ready_s = time.perf_counter() - start
        if word != "ready":
            raise RuntimeError("the web peer did not start")
        self.port = int(port)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.process.stdout.close()
