"""Microsoft's JDBC driver, in a Java of its own that Python drives through py4j (both are of the tests with Spark)."""

from __future__ import annotations

import csv
import datetime as dt
import os
import sys
import tempfile
import threading
import uuid
from decimal import Decimal
from pathlib import Path

from clients.model import ALL_CAN, Answer, Cancelled, Client, Connection, Message, Options, Result, ServerError
from clients.program import six
from values import real

CANCELLED = ("HY008", "HYT00")


class Java:
    """A running Java with the jars of .venv-spark."""

    def __init__(self, environment: Path) -> None:
        sys.path.append(str(next(environment.glob("lib/python3*/site-packages"))))
        from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway
        from py4j.protocol import Py4JJavaError

        self.error = Py4JJavaError
        os.environ.pop("CLASSPATH", None)
        jar = next(environment.glob("lib/python3*/site-packages/pyspark/jars/py4j-*.jar"))
        port = launch_gateway(classpath=os.pathsep.join(map(str, (environment / "jars").glob("*.jar"))), jarpath=str(jar),
                              die_on_exit=True)
        self.gateway = JavaGateway(gateway_parameters=GatewayParameters(port=port, auto_convert=True))
        self.jvm = self.gateway.jvm

    def stop(self) -> None:
        self.gateway.shutdown()


def _shown(value: object) -> object:
    """A moment as Python has it."""
    if value is None or isinstance(value, (bool, int, float, str, bytes, Decimal)):
        return value
    kind, text = value.getClass().getName(), value.toString()
    if kind == "microsoft.sql.DateTimeOffset":
        moment, _, zone = text.rpartition(" ")
        return dt.datetime.fromisoformat(six(moment) + zone)
    if kind == "java.sql.Timestamp":
        return dt.datetime.fromisoformat(six(text))
    if kind == "java.sql.Date":
        return dt.date.fromisoformat(text)
    if kind == "java.time.LocalTime":
        return dt.time.fromisoformat(six(text))
    raise TypeError(kind)


def _is(value, name: str) -> bool:
    return value.getClass().getSimpleName() == name


def _url(client: Jdbc, options: Options) -> str:
    address = client.address
    encrypt = {"off": "false", "login": "false", "on": "true", "strict": "strict"}[options.encrypt]
    url = (f"jdbc:sqlserver://{address.host}:{address.port};databaseName={options.database};user={options.user};"
           f"password={{{options.password}}};encrypt={encrypt};loginTimeout=30;sendTimeAsDatetime=false")
    if options.encrypt == "strict":
        url += f";serverCertificate={address.certificate}"
    elif not options.verify:
        url += ";trustServerCertificate=true"
    else:
        url += f";trustStore={client.trusted};trustStoreType=PKCS12;trustStorePassword=changeit;hostNameInCertificate=localhost"
    if options.packet_bytes:
        url += f";packetSize={options.packet_bytes}"
    return url


class JdbcConnection(Connection):
    def __init__(self, client: Jdbc, options: Options) -> None:
        url = _url(client, options)
        self.java = client.java
        self.timeout_s = options.timeout_s
        try:
            self.raw = self.java.jvm.com.microsoft.sqlserver.jdbc.SQLServerDriver().connect(url, self.java.jvm.java.util.Properties())
            self.raw.setAutoCommit(options.autocommit)
        except self.java.error as error:
            raise self._raised(error) from error

    @classmethod
    def of(cls, client: Jdbc, raw) -> JdbcConnection:
        """One that Java has opened."""
        connection = cls.__new__(cls)
        connection.java, connection.raw, connection.timeout_s = client.java, raw, 0
        return connection

    def _raised(self, error) -> Exception:
        known = error.java_exception
        if (known.getSQLState() or "") in CANCELLED:
            return Cancelled(known.getMessage())
        seen = known.getSQLServerError() if _is(known, "SQLServerException") else None
        if seen is None:
            return ServerError(known.getMessage(), known.getErrorCode())
        return ServerError(seen.getErrorMessage(), seen.getErrorNumber(), seen.getErrorState(), seen.getErrorSeverity(),
                           seen.getLineNumber(), seen.getProcedureName() or None)

    def _rows(self, results) -> Result:
        meta = results.getMetaData()
        count = meta.getColumnCount()
        kinds = [meta.getColumnTypeName(n) for n in range(1, count + 1)]
        rows = []
        times = self.java.jvm.java.lang.Class.forName("java.time.LocalTime")
        while results.next():
            row = []
            for n, kind in enumerate(kinds, 1):
                value = results.getObject(n, times) if kind == "time" else results.getObject(n)
                row.append(_shown(value))
            rows.append(tuple(row))
        return Result([meta.getColumnLabel(n) for n in range(1, count + 1)], rows)

    def _gather(self, statement, has_rows: bool) -> Answer:
        answer = Answer()
        while True:
            warning = statement.getWarnings()
            while warning is not None:
                message = warning.getSQLServerError() if _is(warning, "SQLServerWarning") else None
                if message is not None:
                    answer.messages.append(Message(message.getErrorMessage(), message.getErrorNumber(), message.getErrorState(),
                                                   message.getErrorSeverity(), message.getLineNumber()))
                else:
                    answer.messages.append(Message(warning.getMessage(), warning.getErrorCode()))
                warning = warning.getNextWarning()
            statement.clearWarnings()
            if has_rows:
                answer.results.append(self._rows(statement.getResultSet()))
            elif statement.getUpdateCount() == -1:
                return answer
            has_rows = statement.getMoreResults()

    def _set(self, statement, place: int, value: object) -> None:
        sql = self.java.jvm.java.sql
        if value is None:
            statement.setNull(place, sql.Types.NVARCHAR)
        elif isinstance(value, bool):
            statement.setBoolean(place, value)
        elif isinstance(value, int):
            statement.setObject(place, value, sql.Types.BIGINT)
        elif isinstance(value, float):
            statement.setDouble(place, value)
        elif isinstance(value, Decimal):
            statement.setBigDecimal(place, self.java.jvm.java.math.BigDecimal(f"{value:f}"))
        elif isinstance(value, str):
            statement.setNString(place, value)
        elif isinstance(value, bytes):
            statement.setBytes(place, value)
        elif isinstance(value, uuid.UUID):
            statement.setString(place, str(value))
        elif isinstance(value, dt.datetime) and value.tzinfo:
            parsed = self.java.jvm.java.time.OffsetDateTime.parse(value.isoformat())
            statement.setObject(place, parsed)
        elif isinstance(value, dt.datetime):
            statement.setTimestamp(place, sql.Timestamp.valueOf(value.isoformat(" ")))
        elif isinstance(value, dt.date):
            statement.setDate(place, sql.Date.valueOf(value.isoformat()))
        else:
            statement.setObject(place, self.java.jvm.java.time.LocalTime.parse(value.isoformat()))

    def _prepare(self, sql: str, parameters):
        statement = self.raw.prepareStatement(sql)
        for place, value in enumerate(parameters, 1):
            self._set(statement, place, value)
        return statement

    def query(self, sql, parameters=()):
        statement = None
        try:
            statement = self._prepare(sql, parameters) if parameters else self.raw.createStatement()
            statement.setQueryTimeout(self.timeout_s)
            return self._gather(statement, statement.execute() if parameters else statement.execute(sql))
        except self.java.error as error:
            raise self._raised(error) from error
        finally:
            if statement is not None:
                statement.close()

    def call(self, procedure, inputs, outputs):
        types = self.java.jvm.java.sql.Types
        kinds = {"int": types.INTEGER, "nvarchar(max)": types.LONGNVARCHAR, "decimal(19,4)": types.DECIMAL}
        marks = ", ".join("?" for _ in [*inputs, *outputs])
        try:
            statement = self.raw.prepareCall(f"{{? = call {procedure}({marks})}}")
            statement.registerOutParameter(1, types.INTEGER)
            for name, value in inputs.items():
                statement.setObject(name, value)
            for name, kind in outputs.items():
                if kind.startswith("decimal"):
                    statement.registerOutParameter(name, kinds[kind], 4)
                else:
                    statement.registerOutParameter(name, kinds[kind])
            answer = self._gather(statement, statement.execute())
            answer.status = statement.getInt(1)
            answer.outputs = {name: _shown(statement.getObject(name)) for name in outputs}
            statement.close()
        except self.java.error as error:
            raise self._raised(error) from error
        return answer

    def bulk(self, table, columns, rows):
        jdbc, types = self.java.jvm.com.microsoft.sqlserver.jdbc, self.java.jvm.java.sql.Types
        kinds = {"int": (types.INTEGER, 0, 0), "bigint": (types.BIGINT, 0, 0), "float": (types.DOUBLE, 0, 0),
                 "date": (types.DATE, 0, 0), "datetime2(6)": (types.TIMESTAMP, 26, 6), "bit": (types.BIT, 0, 0),
                 "decimal(12,3)": (types.DECIMAL, 12, 3), "nvarchar(40)": (types.NVARCHAR, 40, 0),
                 "varchar(10)": (types.VARCHAR, 10, 0)}
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                ["" if value is None else str(value).lower() if isinstance(value, bool) else value for value in row] for row in rows)
            file.flush()
            try:
                source = jdbc.SQLServerBulkCSVFileRecord(file.name, "UTF-8", ",", False)
                for place, (name, kind) in enumerate(columns.items(), 1):
                    source.addColumnMetadata(place, name, *kinds[kind])
                copy = jdbc.SQLServerBulkCopy(self.raw)
                options = jdbc.SQLServerBulkCopyOptions()
                options.setBulkCopyTimeout(600)
                copy.setBulkCopyOptions(options)
                copy.setDestinationTableName(table)
                copy.writeToServer(source)
                copy.close()
            except self.java.error as error:
                raise self._raised(error) from error

    def cancel_after(self, sql, seconds):
        statement = self.raw.createStatement()
        timer = threading.Timer(seconds, statement.cancel)
        timer.start()
        try:
            self._gather(statement, statement.execute(sql))
        except self.java.error as error:
            raise self._raised(error) from error
        finally:
            timer.join()
            statement.close()

    def commit(self):
        self.raw.commit()

    def rollback(self):
        self.raw.rollback()

    def close(self):
        self.raw.close()


class Jdbc(Client):
    name = "mssql-jdbc"
    can = ALL_CAN | {"off", "on", "strict", "verify on", "verify strict", "parameters", "call", "output", "status", "bulk", "cancel", "timeout",
                     "reconnect", "manual", "messages", "packet", "pool"}
    cannot = {
        "login": "what it calls off: its driver encrypts the login then",
    }

    def __init__(self, address, java: Java, trusted: Path) -> None:
        super().__init__(address)
        self.java, self.trusted = java, trusted

    def parameter(self, sql_type, value):
        if isinstance(value, dt.datetime) and value.tzinfo and value.year < 1583:
            return NotImplemented  # its calendar is the Julian one then
        return value

    def same(self, expected, seen):
        if isinstance(expected, float) and isinstance(seen, float):
            return expected in (seen, real(seen))  # the shortest text of a float of 32 bits comes over
        return super().same(expected, seen)

    def elsewhere(self, address):
        return Jdbc(address, self.java, self.trusted)

    def pooled(self, statements):
        source = self.java.jvm.com.microsoft.sqlserver.jdbc.SQLServerConnectionPoolDataSource()
        source.setURL(_url(self, Options()))
        pooled = source.getPooledConnection()
        answers = []
        for statement in statements:
            connection = JdbcConnection.of(self, pooled.getConnection())
            answers.append(connection.query(statement))
            connection.close()
        pooled.close()
        return answers

    def connect(self, options):
        return JdbcConnection(self, options)
