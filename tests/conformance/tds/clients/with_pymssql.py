"""pymssql, on FreeTDS' db-lib. It puts parameters into the text itself."""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext

import pymssql
from pymssql import _mssql

from clients import freetds
from clients.model import ALL_CAN, Answer, Cancelled, Client, Connection, Message, Options, Result, ServerError


def _raised(error: Exception) -> Exception:
    cause = error.__cause__ or error.__context__
    known = next((e for e in (error, cause) if isinstance(e, _mssql.MSSQLDatabaseException)), None)
    if known is not None:
        number, text = known.number, known.text
        line, state, severity = known.line, known.state, known.severity
        procedure = known.procname
        if isinstance(procedure, bytes):
            procedure = procedure.decode()
    else:
        number, text = (error.args + ("",))[:2] if isinstance(error.args[0], int) else (None, str(error))
        line = state = severity = procedure = None
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    if "timed out" in text:
        return Cancelled(text)
    text = (text.partition("DB-Lib error message")[0] or text).rstrip()
    return ServerError(text, number, state, severity, line, procedure or None)


class PymssqlConnection(Connection):
    def __init__(self, client: Client, options: Options) -> None:
        self.messages: list[Message] = []
        with freetds.verified(client.address) if options.verify else nullcontext(client.address.host) as host:
            self._connect(client, options, host)
        self.raw._conn.set_msghandler(self._message)
        self.raw._conn.query_timeout = options.timeout_s  # of the whole process, which connect() changes only to another than 0

    def _connect(self, client: Client, options: Options, host: str) -> None:
        try:
            self.raw = pymssql.connect(
                server=host, port=str(client.address.port), user=options.user, password=options.password,
                database=options.database, encryption={"off": "off", "login": "request", "on": "require"}[options.encrypt],
                timeout=options.timeout_s, login_timeout=30, autocommit=options.autocommit, tds_version="7.4",
                use_datetime2=True)
        except pymssql.Error as error:
            raise _raised(error) from error

    def _message(self, state: int, severity: int, server: str, procedure: str, line: int, text: str) -> None:
        if severity <= 10 and not text.decode().startswith("Changed "):
            self.messages.append(Message(text.decode(), None, state, severity, line))

    def _gather(self, cursor) -> Answer:
        answer = Answer(messages=self.messages)
        while True:
            if cursor.description:
                columns = [column[0] for column in cursor.description]
                answer.results.append(Result(columns, [tuple(row) for row in cursor.fetchall()]))
            if not cursor.nextset():
                return answer

    def query(self, sql, parameters=()):
        self.messages = []
        cursor = self.raw.cursor()
        try:
            cursor.execute(sql.replace("%", "%%").replace("?", "%s") if parameters else sql, tuple(parameters) or None)
            return self._gather(cursor)
        except pymssql.Error as error:
            raise _raised(error) from error
        finally:
            cursor.close()

    def call(self, procedure, inputs, outputs):
        kinds = {"int": int, "nvarchar(max)": str, "decimal(19,4)": str}
        connection = self.raw._conn
        self.messages = []
        try:
            call = connection.init_procedure(procedure)
            for name, value in inputs.items():
                call.bind(value, _mssql.SQLINT4 if isinstance(value, int) else _mssql.SQLVARCHAR, f"@{name}")
            for name, kind in outputs.items():
                code = _mssql.SQLINT4 if kinds[kind] is int else _mssql.SQLVARCHAR
                call.bind(None, code, f"@{name}", null=True, output=True, max_length=8000 if kinds[kind] is str else -1)
            status = call.execute()
            rows = [tuple(row[n] for n in sorted(key for key in row if isinstance(key, int))) for row in connection]
            header = [column[0] for column in connection.get_header() or []]
            while connection.nextresult():
                pass
            values = dict(call.parameters)
        except _mssql.MSSQLException as error:
            raise _raised(error) from error
        return Answer([Result(header or ["?"], rows)] if rows else [], list(self.messages),
                      {name: values[f"@{name}"] for name in outputs}, status)

    def bulk(self, table, columns, rows):
        moments = [tuple(dt.datetime(*value.timetuple()[:3]) if type(value) is dt.date else value for value in row) for row in rows]
        try:
            self.raw.bulk_copy(table, moments, batch_size=len(rows) + 1)
        except (pymssql.Error, _mssql.MSSQLException) as error:
            raise _raised(error) from error

    def commit(self):
        self.raw.commit()

    def rollback(self):
        self.raw.rollback()

    def close(self):
        self.raw.close()


class Pymssql(Client):
    name = "pymssql"
    can = ALL_CAN | {"off", "login", "on", "verify on", "parameters", "call", "bulk", "timeout", "reconnect", "manual", "messages"}
    cannot = {
        "strict": "its connect() has no such encryption",
        "verify strict": "its connect() has no such encryption",
        "packet": "its connect() has no setting for them",
        "output": "it reads them before a procedure's results; those of one without results are in test_pymssql.py",
        "status": "it reads it before a procedure's results; that of one without results is in test_pymssql.py",
        "cancel": "its cancel() is not to be called while another thread runs a statement",
        "pool": "it has none",
    }
    lives_after_timeout = False

    def connect(self, options):
        return PymssqlConnection(self, options)

    def parameter(self, sql_type, value):
        if sql_type in ("datetime", "smalldatetime"):
            return NotImplemented  # for datetime2 it writes six digits, which these two do not take
        return value
