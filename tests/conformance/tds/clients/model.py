"""What the tests ask of a client, whichever it is: the same few calls, and answers of one form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    certificate: Path  # PEM, as `tarn tls export` gives it


@dataclass
class Result:
    """One result set."""

    columns: list[str]
    rows: list[tuple]


@dataclass(frozen=True)
class Message:
    """PRINT, RAISERROR up to severity 10 and the like; None is what the client does not tell."""

    text: str
    number: int | None = None
    state: int | None = None
    severity: int | None = None
    line: int | None = None


@dataclass
class Answer:
    results: list[Result] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    outputs: dict[str, object] = field(default_factory=dict)  # by name, without the @
    status: int | None = None  # what a procedure RETURNed

    def value(self) -> object:
        """The one value of an answer that has one."""
        ((row,),) = (result.rows for result in self.results)
        (value,) = row
        return value


class ServerError(Exception):
    """An error that the server sent; None is what the client does not tell."""

    def __init__(self, text: str, number: int | None, state: int | None = None, severity: int | None = None,
                 line: int | None = None, procedure: str | None = None) -> None:
        super().__init__(f"{number}: {text}")
        self.text, self.number, self.state, self.severity, self.line = text, number, state, severity, line
        self.procedure = procedure


class Cancelled(Exception):
    """The client says that its statement was cancelled, or that its time was up."""


@dataclass(frozen=True)
class Options:
    """How to connect."""

    database: str = "default"
    user: str = "sa"
    password: str = "Sommer-2026"
    encrypt: str = "on"  # off, login (LOGIN7 alone), on, strict (TDS 8.0)
    verify: bool = False  # the server's certificate is checked against Address.certificate
    timeout_s: int = 0  # of a statement; 0: none
    autocommit: bool = True
    packet_bytes: int = 0  # 0: what the client asks for by itself


class Connection:
    """One connection. What a client cannot do is left out of Client.can, and never called."""

    def query(self, sql: str, parameters: Sequence[object] = ()) -> Answer:
        """Runs a batch; with parameters, which stand as ? in it, as the client sends those."""
        raise NotImplementedError

    def call(self, procedure: str, inputs: dict[str, object], outputs: dict[str, str]) -> Answer:
        """Calls a procedure by its name; outputs names the types of its output parameters."""
        raise NotImplementedError

    def bulk(self, table: str, columns: dict[str, str], rows: list[tuple]) -> None:
        """Loads rows by the client's bulk copy."""
        raise NotImplementedError

    def cancel_after(self, sql: str, seconds: float) -> None:
        """Runs a batch and cancels it; raises Cancelled."""
        raise NotImplementedError

    def commit(self) -> None:
        raise NotImplementedError

    def rollback(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


class Client:
    """What a client is able to, and how it shows values."""

    name = ""
    # encryption: off, login, on, strict; verify; parameters; call, status, output; bulk; cancel; timeout; manual (autocommit off);
    # messages; packet
    can: frozenset[str] = frozenset()
    lives_after_timeout = True  # the connection can be used again

    def __init__(self, address: Address) -> None:
        self.address = address

    def elsewhere(self, address: Address) -> Client:
        """The same client for another server."""
        return type(self)(address)

    def connect(self, options: Options) -> Connection:
        raise NotImplementedError

    def shows(self, sql_type: str, value: object) -> object:
        """A value of SQL as the client gives it, where that is not Python's own form of it."""
        return value

    def parameter(self, sql_type: str, value: object) -> object:
        """A value as the client takes it for a parameter."""
        return value
