"""Stands between a client and a server and writes down what both say, or says what the server said again without one.

    replay.py record HOST PORT FILE     of one connection, to its end
    replay.py play FILE

Prints its port. Answers are played by the order of the client's requests, which must be the same; nothing is encrypted. So a
client that talks to it takes its own time alone: reading, decoding, making values. The other way round, resend() is the client
without its own time.
"""

from __future__ import annotations

import pickle
import socket
import sys
import threading

HEADER_BYTES = 8
LAST = 1  # bit of a packet's status


def messages(peer: socket.socket):
    """Each message that comes, with its packets' headers; ends when the peer does."""
    buffer = bytearray()
    message = bytearray()
    while True:
        while len(buffer) < HEADER_BYTES or len(buffer) < int.from_bytes(buffer[2:4], "big"):
            got = peer.recv(1 << 16)
            if not got:
                return
            buffer += got
        size = int.from_bytes(buffer[2:4], "big")
        last = buffer[1] & LAST
        message += buffer[:size]
        del buffer[:size]
        if last:
            yield bytes(message)
            message = bytearray()


def record(client: socket.socket, host: str, port: int) -> list[tuple[bytes, bytes]]:
    """The requests, each with its answer."""
    requests: list[bytes] = []
    answers: list[bytearray] = []
    server = socket.create_connection((host, port))

    def listen() -> None:
        while got := server.recv(1 << 20):
            answers[-1] += got
            client.sendall(got)

    thread = threading.Thread(target=listen)
    thread.start()
    for message in messages(client):
        requests.append(message)
        answers.append(bytearray())
        server.sendall(message)
    server.shutdown(socket.SHUT_WR)
    thread.join()
    return [(request, bytes(answer)) for request, answer in zip(requests, answers, strict=True)]


def load(path: str) -> list[tuple[bytes, bytes]]:
    with open(path, "rb") as file:
        return pickle.load(file)


def resend(recorded: list[tuple[bytes, bytes]], port: int) -> bytes:
    """Asks a server what was recorded, once more; its last answer."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port)) as server:
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        coming = messages(server)
        for request, _answer in recorded:
            server.sendall(request)
            answer = next(coming)
    return answer


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    if sys.argv[1] == "record":
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        recorded = record(client, sys.argv[2], int(sys.argv[3]))
        with open(sys.argv[4], "wb") as file:
            pickle.dump(recorded, file)
        return
    answers = [answer for _request, answer in load(sys.argv[2])]
    while True:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for answer, _message in zip(answers, messages(client), strict=False):
                client.sendall(answer)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        client.close()


if __name__ == "__main__":
    main()
