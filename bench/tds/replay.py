"""Stands between a client and a server and writes down what the server says, or says it again without a server.

    replay.py record HOST PORT FILE     until standard input ends
    replay.py play FILE

Prints its port. Answers are played by the order of the client's requests, which must be the same; nothing is encrypted. So a
client that talks to it takes its own time alone: reading, decoding, making values.
"""

from __future__ import annotations

import pickle
import socket
import sys
import threading

HEADER_BYTES = 8
EMPTY: bytes = b""


def requests(client: socket.socket):
    """Each message of the client, with its headers; ends when the client does."""
    buffer = bytearray()
    message = bytearray()
    while True:
        while len(buffer) < HEADER_BYTES or len(buffer) < int.from_bytes(buffer[2:4], "big"):
            got = client.recv(1 << 16)
            if not got:
                return
            buffer += got
        size = int.from_bytes(buffer[2:4], "big")
        last = buffer[1] & 1
        message += buffer[:size]
        del buffer[:size]
        if last:
            yield bytes(message)
            message = bytearray()


def record(client: socket.socket, host: str, port: int) -> list[bytes]:
    answers: list[bytearray] = []
    server = socket.create_connection((host, port))

    def listen() -> None:
        while got := server.recv(1 << 20):
            answers[-1] += got
            client.sendall(got)

    thread = threading.Thread(target=listen)
    thread.start()
    for message in requests(client):
        answers.append(bytearray())
        server.sendall(message)
    server.shutdown(socket.SHUT_WR)
    thread.join()
    return [bytes(answer) for answer in answers]


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    if sys.argv[1] == "record":
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answers = record(client, sys.argv[2], int(sys.argv[3]))
        with open(sys.argv[4], "wb") as file:
            pickle.dump(answers, file)
        return
    with open(sys.argv[2], "rb") as file:
        answers = pickle.load(file)
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for answer, _message in zip(answers, requests(client), strict=False):
                client.sendall(answer)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        client.close()


if __name__ == "__main__":
    main()
