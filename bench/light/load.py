"""Asks one server for one page again and again over several connections: load.py PORT PATH CONNECTIONS SECONDS.

Prints {"p50_ms", "p99_ms", "requests_s"} as JSON. Each connection is kept alive and has one request on its way.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time


class Connection:
    def __init__(self, port: int, path: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()

    def ask(self) -> None:
        self.answer = b""
        self.missing = -1
        self.asked = time.perf_counter()
        self.socket.sendall(self.request)

    def answered(self) -> bool:
        """Reads what is there; whether the answer is whole."""
        part = self.socket.recv(65536)
        if not part:
            raise RuntimeError("the server closed the connection")
        if self.missing >= 0:
            self.missing -= len(part)
            return self.missing == 0
        self.answer += part
        head, end, body = self.answer.partition(b"\r\n\r\n")
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(head.decode())
        length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        self.missing = int(length.split(b":")[1]) - len(body)
        return self.missing == 0


def main() -> None:
    port, path, connections, duration_s = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        connection = Connection(port, path)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.ask()
    taken: list[float] = []
    start = now = time.perf_counter()
    while now < start + duration_s:
        for key, _ in selector.select():
            if key.data.answered():
                now = time.perf_counter()
                taken.append(now - key.data.asked)
                key.data.ask()
    taken.sort()
    print(json.dumps({"p50_ms": taken[len(taken) // 2] * 1000, "p99_ms": taken[len(taken) * 99 // 100] * 1000,
                      "requests_s": len(taken) / (now - start)}))


if __name__ == "__main__":
    main()
