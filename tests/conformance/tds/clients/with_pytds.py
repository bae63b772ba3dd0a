"""python-tds: TDS in Python alone. Its parameters are those of sp_executesql.

It checks the certificate, but not that it is the host's: for that it needs a call that newer versions of pyOpenSSL lack.
"""

from __future__ import annotations

import threading
from decimal import Decimal

import pytds
from pytds import tds_base, tds_types

from clients.model import ALL_CAN, Answer, Cancelled, Client, Connection, Message, Options, Result, ServerError

KINDS = {
    "int": tds_types.IntType(), "bigint": tds_types.BigIntType(), "float": tds_types.FloatType(),
    "date": tds_types.DateType(), "datetime2(6)": tds_types.DateTime2Type(precision=6), "bit": tds_types.BitType(),
    "decimal(12,3)": tds_types.DecimalType(precision=12, scale=3),
    "decimal(19,4)": tds_types.DecimalType(precision=19, scale=4),
    "nvarchar(40)": tds_types.NVarCharType(size=40), "varchar(10)": tds_types.VarCharType(size=10),
    "nvarchar(max)": tds_types.NVarCharMaxType(),
}


def _raised(error: Exception) -> Exception:
    if isinstance(error, (TimeoutError, pytds.TimeoutError)):
        return Cancelled(str(error))
    number = getattr(error, "number", None) or getattr(error, "msg_no", None)
    if not number:
        return error
    return ServerError(error.text, number, error.state, error.severity, error.line, error.procname or None)


class PytdsConnection(Connection):
    def __init__(self, client: Client, options: Options) -> None:
        tls = options.encrypt != "off"
        try:
            self.raw = pytds.connect(
                dsn=client.address.host, port=client.address.port, user=options.user, password=options.password,
                database=options.database, autocommit=options.autocommit, timeout=options.timeout_s or None,
                login_timeout=30, blocksize=options.packet_bytes or 4096, cafile=str(client.address.certificate) if tls else None,
                validate_host=False, enc_login_only=options.encrypt == "login", pooling=client.pooling,
                disable_connect_retry=True)
        except pytds.Error as error:
            raise _raised(error) from error

    def _gather(self, cursor) -> Answer:
        answer = Answer()
        more = True
        while more:
            if cursor.description:
                columns = [column[0] for column in cursor.description]
                answer.results.append(Result(columns, [tuple(row) for row in cursor.fetchall()]))
            self._note(cursor, answer)
            more = cursor.nextset()
        self._note(cursor, answer)
        return answer

    @staticmethod
    def _note(cursor, answer: Answer) -> None:
        """Those that were not there before: the list is emptied with each statement."""
        answer.messages += [Message(e.text, e.number, e.state, e.severity, e.line) for _, e in cursor.messages
                            if e.number not in (5701, 5703)][len(answer.messages):]

    def query(self, sql, parameters=()):
        cursor = self.raw.cursor()
        try:
            cursor.execute(sql.replace("%", "%%").replace("?", "%s") if parameters else sql, tuple(parameters) or None)
            return self._gather(cursor)
        except (pytds.Error, TimeoutError) as error:
            raise _raised(error) from error
        finally:
            cursor.close()

    def call(self, procedure, inputs, outputs):
        cursor = self.raw.cursor()
        values = {f"@{name}": value for name, value in inputs.items()}
        values |= {f"@{name}": pytds.output(param_type=kind) for name, kind in outputs.items()}
        try:
            cursor.callproc(procedure, values)
            answer = self._gather(cursor)
            found = cursor._session.output_params  # get_proc_outputs() takes places for numbers of outputs
            answer.outputs = {found[place].column_name.lstrip("@"): found[place].value for place in found}
            answer.status = cursor.get_proc_return_status()
        except pytds.Error as error:
            raise _raised(error) from error
        return answer

    def bulk(self, table, columns, rows):
        schema, _, name = table.rpartition(".")
        try:
            self.raw.cursor().copy_to(
                table_or_view=name, schema=schema, data=rows,
                columns=[tds_base.Column(name=column, type=KINDS[kind], flags=tds_base.Column.fNullable)
                         for column, kind in columns.items()])
        except pytds.Error as error:
            raise _raised(error) from error

    def cancel_after(self, sql, seconds):
        cursor = self.raw.cursor()
        session = cursor._session
        timer = threading.Timer(seconds, session.put_cancel)
        timer.start()
        try:
            cursor.execute(sql)
            cursor.fetchall()
        except pytds.Error as error:
            raise Cancelled(str(error)) from error
        finally:
            timer.join()
        if not session.in_cancel:
            raise Cancelled("the server has acknowledged it")

    def commit(self):
        self.raw.commit()

    def rollback(self):
        self.raw.rollback()

    def close(self):
        self.raw.close()


class Pytds(Client):
    name = "python-tds"
    can = ALL_CAN | {"off", "login", "on", "verify on", "parameters", "call", "output", "status", "bulk", "cancel", "timeout", "reconnect",
                     "manual", "messages", "packet", "pool"}
    cannot = {
        "strict": "it knows no TDS 8.0",
        "verify strict": "it knows no TDS 8.0",
    }
    lives_after_timeout = False
    pooling = False

    def connect(self, options):
        return PytdsConnection(self, options)

    def pooled(self, statements):
        client = Pytds(self.address)
        client.pooling = True
        return super(Pytds, client).pooled(statements)

    def parameter(self, sql_type, value):
        if isinstance(value, bytes):
            return pytds.Binary(value)
        if isinstance(value, Decimal) and len(value.as_tuple().digits) > 28:
            return str(value)  # it counts in a context of 28 digits
        return value
