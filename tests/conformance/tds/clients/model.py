"""What the tests ask of a client, whichever it is: the same few calls, and answers of one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from values import same


# What the tests ask of a client, by a short name: in words, and the test of suite.py.
ABILITIES = {
    "off": ("without TLS, but for what the client encrypts by itself", "test_connects"),
    "login": ("TLS for the login alone", "test_connects"),
    "on": ("TLS", "test_connects"),
    "strict": ("TLS first (TDS 8.0)", "test_connects"),
    "verify on": ("certificate checked", "test_the_certificate_is_verified"),
    "verify strict": ("certificate checked, TDS 8.0", "test_the_certificate_is_verified"),
    "packet": ("packets of other sizes", "test_packets_of_another_size"),
    "types": ("every type, NULL and extremes", "test_a_value_comes_back"),
    "parameters": ("typed parameters of every type", "test_a_value_as_parameter"),
    "results": ("several results", "test_several_results"),
    "messages": ("PRINT and notes", "test_messages"),
    "errors": ("errors: number, state, line", "test_an_error_has_its_number_state_and_line"),
    "call": ("procedures called by name", "test_output_parameters_and_return_code"),
    "output": ("output parameters", "test_output_parameters_and_return_code"),
    "status": ("return codes", "test_output_parameters_and_return_code"),
    "transactions": ("transactions in the text", "test_transactions_in_the_text"),
    "manual": ("the client's own transactions", "test_the_clients_own_transactions"),
    "bulk": ("bulk copy (1 M rows with `--all`)", "test_bulk_copy"),
    "cancel": ("cancel", "test_cancel"),
    "timeout": ("time-out", "test_time_out"),
    "reconnect": ("connect again after a time-out", "test_time_out"),
    "pool": ("a pool that resets", "test_what_a_pool_hands_out_is_as_new"),
}
ALL_CAN = frozenset({"types", "results", "errors", "transactions"})


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
    can: frozenset[str] = frozenset()  # of ABILITIES
    cannot: Mapping[str, str] = {}  # the others, and why
    bulk_lacks: frozenset[str] = frozenset()  # types that its bulk copy gets wrong
    lives_after_timeout = True  # the connection can be used again

    def __init__(self, address: Address) -> None:
        self.address = address

    def elsewhere(self, address: Address) -> Client:
        """The same client for another server."""
        return type(self)(address)

    def connect(self, options: Options) -> Connection:
        raise NotImplementedError

    def pooled(self, statements: list[str], options: Options = Options()) -> list[Answer]:  # noqa: B008
        """Runs each with the connection that a pool of one hands out, and gives it back."""
        answers = []
        for statement in statements:
            connection = self.connect(options)
            answers.append(connection.query(statement))
            connection.close()
        return answers

    def shows(self, sql_type: str, value: object) -> object:
        """A value of SQL as the client gives it, where that is not Python's own form of it."""
        return value

    def same(self, expected: object, seen: object) -> bool:
        return same(expected, seen)

    def parameter(self, sql_type: str, value: object) -> object:
        """A value as the client takes it for a parameter."""
        return value
