"""ODBC: pyodbc over FreeTDS' driver, and mssql-python, which has Microsoft's own inside."""

from __future__ import annotations

import datetime as dt
import re
import struct
import threading

from clients.model import Answer, Cancelled, Client, Connection, Message, Options, Result, ServerError

TIMED_OUT = "HYT00"
TIMESTAMP_OFFSET = -155  # SQL_SS_TIMESTAMPOFFSET
CANCELLED = ("HY008", TIMED_OUT)


def _gather(cursor) -> Answer:
    answer = Answer()
    while True:
        answer.messages += [_message(text) for _, text in cursor.messages]
        if cursor.description:
            columns = [column[0] for column in cursor.description]
            answer.results.append(Result(columns, [tuple(row) for row in cursor.fetchall()]))
            answer.messages += [_message(text) for _, text in cursor.messages if _message(text) not in answer.messages]
        if not cursor.nextset():
            return answer


def _offset(raw: bytes) -> dt.datetime:
    """A SQL_SS_TIMESTAMPOFFSET_STRUCT."""
    *fields, nanoseconds, hours, minutes = struct.unpack("<6hI2h", raw)
    return dt.datetime(*fields, nanoseconds // 1000, dt.timezone(dt.timedelta(hours=hours, minutes=minutes)))


def _message(text: str) -> Message:
    """Without the names in brackets of whom it went through."""
    return Message(re.sub(r"^(\[[^]]*\])+", "", text))


class OdbcConnection(Connection):
    """What both have of Python's database interface."""

    errors: tuple = ()

    def raised(self, error: Exception) -> Exception:
        raise NotImplementedError

    def query(self, sql, parameters=()):
        cursor = self.raw.cursor()
        try:
            cursor.execute(sql, *parameters)
            return _gather(cursor)
        except self.errors as error:
            raise self.raised(error) from error
        finally:
            cursor.close()

    def call(self, procedure, inputs, outputs):
        """ODBC's escape for calls; the values of outputs are fetched, as neither binds them."""
        names = ", ".join(f"@{name} = ?" for name in inputs)
        declared = "".join(f"DECLARE @{name} {kind};" for name, kind in outputs.items())
        bound = "".join(f", @{name} = @{name} OUTPUT" for name in outputs)
        selected = ", ".join(["@status AS status", *(f"@{name} AS {name}" for name in outputs)])
        answer = self.query(f"DECLARE @status int;{declared}EXEC @status = {procedure} {names}{bound}; SELECT {selected}",
                            list(inputs.values()))
        row = answer.results.pop().rows[0]
        answer.status, answer.outputs = row[0], dict(zip(outputs, row[1:], strict=True))
        return answer

    def commit(self):
        self.raw.commit()

    def rollback(self):
        self.raw.rollback()

    def close(self):
        self.raw.close()


class PyodbcConnection(OdbcConnection):
    def __init__(self, client: Client, options: Options) -> None:
        import pyodbc

        self.errors = (pyodbc.Error,)
        encryption = {"off": "off", "login": "request", "on": "require", "strict": "strict"}[options.encrypt]
        text = (f"DRIVER={{FreeTDS}};SERVER={client.address.host};PORT={client.address.port};UID={options.user};"
                f"PWD={options.password};DATABASE={options.database};TDS_Version=7.4;ClientCharset=UTF-8;Encryption={encryption}")
        if options.packet_bytes:
            text += f";PacketSize={options.packet_bytes}"
        try:
            self.raw = pyodbc.connect(text, autocommit=options.autocommit, timeout=30)
        except pyodbc.Error as error:
            raise self.raised(error) from error
        self.raw.timeout = options.timeout_s
        self.raw.add_output_converter(TIMESTAMP_OFFSET, _offset)

    def raised(self, error):
        state, text = (*error.args, "")[:2]
        if state in CANCELLED:
            return Cancelled(text)
        known = re.search(r"\((\d+)\) \(SQL", str(text))
        return ServerError(re.sub(r" \(\d+\) \(SQL\w+\).*", "", str(text), flags=re.DOTALL), int(known[1]) if known else None)

    def cancel_after(self, sql, seconds):
        cursor = self.raw.cursor()
        timer = threading.Timer(seconds, cursor.cancel)
        timer.start()
        try:
            cursor.execute(sql)
            cursor.fetchall()
        except self.errors as error:
            raise self.raised(error) from error
        finally:
            timer.join()


class Pyodbc(Client):
    name = "pyodbc"
    can = frozenset({"off", "login", "on", "parameters", "call", "output", "status", "cancel", "timeout", "manual", "messages",
                     "packet"})

    def connect(self, options):
        return PyodbcConnection(self, options)

    def parameter(self, sql_type, value):
        """FreeTDS hands moments in as datetime, and pyodbc drops their offsets."""
        if isinstance(value, (dt.date, dt.datetime)) and value.year < 1753 or getattr(value, "tzinfo", None):
            return NotImplemented
        if isinstance(value, (dt.time, dt.datetime)) and value.microsecond:
            return NotImplemented
        return value


class MssqlPythonConnection(OdbcConnection):
    def __init__(self, client: Client, options: Options) -> None:
        import mssql_python

        self.errors = (mssql_python.Error, RuntimeError)
        encrypt = {"off": "no", "on": "yes", "strict": "strict"}[options.encrypt]
        text = (f"Server={client.address.host},{client.address.port};Database={options.database};UID={options.user};"
                f"PWD={{{options.password}}};Encrypt={encrypt}")
        if options.verify or options.encrypt == "strict":
            text += f";ServerCertificate={client.address.certificate}"
        else:
            text += ";TrustServerCertificate=yes"
        if options.packet_bytes:
            text += f";PacketSize={options.packet_bytes}"
        try:
            self.raw = mssql_python.connect(text, autocommit=options.autocommit, timeout=30)
        except self.errors as error:
            raise self.raised(error) from error
        self.raw.timeout = options.timeout_s

    def raised(self, error):
        text = getattr(error, "ddbc_error", None) or str(error)
        if any(word in text for word in ("Query timeout expired", "Operation canceled")):
            return Cancelled(text)
        return ServerError(text, None)

    def bulk(self, table, columns, rows):
        cursor = self.raw.cursor()
        try:
            cursor.bulkcopy(table, rows, timeout=600)
        except self.errors as error:
            raise self.raised(error) from error


class MssqlPython(Client):
    name = "mssql-python"
    can = frozenset({"off", "on", "strict", "verify strict", "parameters", "call", "output", "status", "timeout", "manual",
                     "messages", "packet"})

    def connect(self, options):
        return MssqlPythonConnection(self, options)

    def parameter(self, sql_type, value):
        if type(value) is dt.date and value.year < 1753:
            return NotImplemented  # it says itself that SQL Server has no such date
        return value
