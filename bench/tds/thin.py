"""A client of SQL Server's protocol that does next to nothing: requests are bytes made once, answers are read to their end.

So what is measured is the server and two turns of a socket, not a driver. It speaks TDS 7.4 without encryption.
"""

from __future__ import annotations

import socket
import struct

HEADER_BYTES = 8
PACKET_BYTES = 32_767
BATCH, RPC, LOGIN, PRELOGIN = 0x01, 0x03, 0x10, 0x12
SP_PREPARE, SP_EXECUTE = 11, 12
INT, OUTPUT = b"\x26\x04", 1
ERROR_TOKEN, RETURN_VALUE_TOKEN, DONE_ERROR = 0xAA, 0xAC, 0x02
BEGUN = b"\xe3\x0b\x00\x08\x08"  # ENVCHANGE: a transaction with this descriptor


class Refused(Exception):
    """The server answered with an error."""


def nvarchar(text: str) -> bytes:
    """A parameter without a name."""
    coded = text.encode("utf-16-le")
    return b"\0\0" + b"\xe7" + struct.pack("<H", 8000) + bytes(5) + struct.pack("<H", len(coded)) + coded


def integer(value: int | None, status: int = 0) -> bytes:
    """A parameter without a name."""
    return struct.pack("BB", 0, status) + INT + (b"\0" if value is None else struct.pack("<Bi", 4, value))


def headers(transaction: int = 0) -> bytes:
    """ALL_HEADERS with the descriptor."""
    return struct.pack("<IIHQI", 22, 18, 2, transaction, 1)


class ThinClient:
    def __init__(self, port: int, database: str = "default") -> None:
        self.headers = headers()
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        version, encryption = b"\x00\x00\x0b\x00\x06", b"\x01\x00\x11\x00\x01"
        self.ask(self.packet(PRELOGIN, version + encryption + b"\xff" + bytes(6) + b"\x02"))  # encryption: not supported
        self.ask(self.packet(LOGIN, self.login(database)))

    @staticmethod
    def packet(kind: int, data: bytes) -> bytes:
        return struct.pack(">BBHHBB", kind, 1, HEADER_BYTES + len(data), 0, 1, 0) + data

    @staticmethod
    def login(database: str) -> bytes:
        fixed = 94
        texts = {"host": "", "user": "sa", "password": "x", "application": "bench", "server": "", "unused": "", "library": "",
                 "language": "", "database": database}
        offset, offsets, data = fixed, b"", b""
        for name, text in texts.items():
            coded = text.encode("utf-16-le")
            if name == "password":
                coded = bytes((((byte << 4) | (byte >> 4)) & 0xFF) ^ 0xA5 for byte in coded)
            offsets += struct.pack("<HH", offset + len(data), len(text))
            data += coded
        offsets += bytes(6)  # the client's number
        for _ in range(3):  # SSPI, attached file, new password
            offsets += struct.pack("<HH", offset + len(data), 0)
        offsets += bytes(4)
        head = struct.pack("<IIIIIBBBBII", 0x74000004, PACKET_BYTES, 7, 0, 0, 0, 0, 0, 0, 0, 0)
        return struct.pack("<I", fixed + len(data)) + head + offsets + data

    def ask(self, request: bytes) -> bytes:
        """Sends a message and reads the answer, which has one result at most."""
        self.socket.sendall(request)
        answer = self.message()
        if answer[:1] and answer[0] == ERROR_TOKEN:
            raise Refused(answer.decode("utf-16-le", "replace"))
        return answer

    def message(self) -> bytes:
        """What one message holds; as a rule a single packet that came at once."""
        data = self.socket.recv(PACKET_BYTES)
        parts = []
        while True:
            while len(data) < HEADER_BYTES or len(data) < (size := int.from_bytes(data[2:4], "big")):
                more = self.socket.recv(PACKET_BYTES)
                if not more:
                    raise Refused("the server has closed the connection")
                data += more
            parts.append(data[HEADER_BYTES:size])
            if data[1] & 1:
                return parts[0] if len(parts) == 1 else b"".join(parts)
            data = data[size:]

    def batch(self, text: str) -> bytes:
        """The message of a batch."""
        return self.packet(BATCH, self.headers + text.encode("utf-16-le"))

    def begin(self) -> None:
        answer = self.ask(self.batch("BEGIN TRANSACTION"))
        (transaction,) = struct.unpack_from("<Q", answer, answer.index(BEGUN) + len(BEGUN))
        self.headers = headers(transaction)

    def prepare(self, parameters: str, text: str) -> int:
        """The handle of the text."""
        call = struct.pack("<HHH", 0xFFFF, SP_PREPARE, 0)
        answer = self.ask(self.packet(RPC, self.headers + call + integer(None, OUTPUT) + nvarchar(parameters) + nvarchar(text) +
                                      integer(0)))
        # The RETURNVALUE before the last DONEPROC ends with the handle.
        done_bytes = 13
        value = answer[:-done_bytes]
        if value[-5] != 4:
            raise Refused("sp_prepare gave no handle")
        return struct.unpack("<i", value[-4:])[0]

    def execution(self, handle: int, value: int | None = None) -> bytes:
        """The message of sp_execute, with an int or nothing."""
        call = struct.pack("<HHH", 0xFFFF, SP_EXECUTE, 0)
        return self.packet(RPC, self.headers + call + integer(handle) + (b"" if value is None else integer(value)))

    def close(self) -> None:
        self.socket.close()
