"""SQLAlchemy over pymssql and pyodbc: reflection and a round trip of the ORM; pandas through it."""

from __future__ import annotations

import datetime as dt
import urllib.parse
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import orm
from suite import ALL, fresh

DATABASE = fresh("alchemy")


@pytest.fixture(scope="module", params=["pymssql", "pyodbc"])
def engine(request, server, address):
    if request.param == "pymssql":
        server.execute(f"CREATE DATABASE {DATABASE}")
        url = f"mssql+pymssql://sa:Sommer-2026@{address.host}:{address.port}/{DATABASE}"
    else:
        odbc = (f"DRIVER={{FreeTDS}};SERVER={address.host};PORT={address.port};UID=sa;PWD=Sommer-2026;DATABASE={DATABASE};"
                "TDS_Version=7.4;ClientCharset=UTF-8;Encryption=require")
        url = "mssql+pyodbc:///?odbc_connect=" + urllib.parse.quote_plus(odbc)
    options = {} if request.param == "pymssql" else {"use_setinputsizes": False}  # which FreeTDS' driver wants off
    engine = sa.create_engine(url, **options)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def autocommit(engine):
    """Definitions are no part of a transaction, as in a dedicated SQL pool."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


@pytest.fixture
def table(autocommit):
    """A table of its own for a test, with what reflection is to find."""
    name = fresh("t")
    with autocommit.connect() as connection:
        connection.execute(sa.text(f"CREATE TABLE dbo.{name} (id int NOT NULL, name nvarchar(40), price decimal(12,3), day date, "
                                   "moment datetime2(6), big bigint, ratio float, flag bit, code varchar(10), raw varbinary(20), "
                                   "note nvarchar(max))"))
    yield name
    with autocommit.connect() as connection:
        connection.execute(sa.text(f"DROP TABLE dbo.{name}"))


def test_reflection(engine, autocommit, table):
    view = fresh("v")
    with autocommit.connect() as connection:
        connection.execute(sa.text(f"CREATE VIEW dbo.{view} AS SELECT id, name FROM dbo.{table}"))
    inspector = sa.inspect(engine)
    assert inspector.default_schema_name == "dbo"
    assert "dbo" in inspector.get_schema_names()
    assert table in inspector.get_table_names()
    assert inspector.has_table(table)
    assert not inspector.has_table("nowhere")
    assert view in inspector.get_view_names()
    assert "SELECT id, name FROM" in inspector.get_view_definition(view)
    columns = {column["name"]: column for column in inspector.get_columns(table)}
    assert list(columns) == ["id", "name", "price", "day", "moment", "big", "ratio", "flag", "code", "raw", "note"]
    assert [columns["id"]["nullable"], columns["name"]["nullable"]] == [False, True]
    kinds = {name: str(column["type"].compile(engine.dialect)) for name, column in columns.items()}
    plain = {name: kind.partition(" COLLATE")[0] for name, kind in kinds.items()}
    assert plain == {"id": "INTEGER", "name": "NVARCHAR(40)", "price": "DECIMAL(12, 3)", "day": "DATE", "moment": "DATETIME2",
                     "big": "BIGINT", "ratio": "FLOAT(53)", "flag": "BIT", "code": "VARCHAR(10)", "raw": "VARBINARY(20)",
                     "note": "NVARCHAR(max)"}
    assert inspector.get_pk_constraint(table)["constrained_columns"] == []
    assert inspector.get_foreign_keys(table) == []
    assert inspector.get_indexes(table) == []
    reflected = sa.Table(table, sa.MetaData(), autoload_with=engine)
    assert [column.name for column in reflected.columns] == list(columns)
    with autocommit.connect() as connection:
        connection.execute(sa.text(f"DROP VIEW dbo.{view}"))


def test_the_orm(engine, table):
    class Base(orm.DeclarativeBase):
        pass

    class Item(Base):
        __tablename__ = table
        id = sa.Column(sa.Integer, primary_key=True, autoincrement=False)
        name = sa.Column(sa.Unicode(40))
        price = sa.Column(sa.Numeric(12, 3))
        day = sa.Column(sa.Date)
        moment = sa.Column(sa.dialects.mssql.DATETIME2(6))
        flag = sa.Column(sa.Boolean)
        note = sa.Column(sa.UnicodeText)

    moment = dt.datetime(2024, 2, 29, 12, 30, 0, 123000)  # pymssql hands in milliseconds
    with orm.Session(engine) as session:
        session.add_all([Item(id=1, name="größe", price=Decimal("1.125"), day=dt.date(2024, 2, 29), moment=moment, flag=True, note="ж" * 9000),
                         Item(id=2), Item(id=3, name="three", price=Decimal("-2.5"))])
        session.commit()
    with orm.Session(engine) as session:
        one = session.get(Item, 1)
        assert (one.name, one.price, one.day, one.moment, one.flag, one.note) == (
            "größe", Decimal("1.125"), dt.date(2024, 2, 29), moment, True, "ж" * 9000)
        two = session.get(Item, 2)
        assert (two.name, two.price, two.moment, two.flag) == (None, None, None, None)
        one.name = "changed"
        session.delete(two)
        session.commit()
        names = session.scalars(sa.select(Item.name).where(Item.price.is_not(None)).order_by(Item.id.desc()).limit(2).offset(0)).all()
        assert names == ["three", "changed"]
        session.add(Item(id=9))
        session.flush()
        session.rollback()
        assert session.scalar(sa.select(sa.func.count()).select_from(Item)) == 2


def test_errors_are_of_the_right_kind(engine, table):
    with engine.connect() as connection:
        with pytest.raises(sa.exc.DBAPIError, match="Invalid object name"):
            connection.execute(sa.text("SELECT * FROM dbo.nowhere"))
        connection.rollback()
        with pytest.raises(sa.exc.DBAPIError, match="515|NULL"):
            connection.execute(sa.text(f"INSERT INTO dbo.{table} (id) VALUES (NULL)"))
        connection.rollback()
        assert connection.execute(sa.text("SELECT 5")).scalar() == 5


def test_a_pool_hands_out_clean_connections(engine):
    with engine.connect() as connection:
        connection.execute(sa.text("BEGIN TRANSACTION"))
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT @@TRANCOUNT")).scalar() <= 1


def frame(rows: int) -> pd.DataFrame:
    numbers = np.arange(rows)
    made = pd.DataFrame({"id": numbers, "name": [f"näme {n}" for n in numbers], "ratio": numbers / 4,
                         "moment": pd.Timestamp("2024-01-01") + pd.to_timedelta(numbers, "s"), "flag": numbers % 2 == 0})
    made.loc[made.index % 10 == 0, "name"] = None
    made.loc[made.index % 10 == 0, "ratio"] = np.nan
    return made


@pytest.mark.parametrize("method", [None, "multi"])
def test_pandas(autocommit, method):
    engine = autocommit
    name = fresh("frame")
    rows = 20_000 if ALL else 1_000
    written = frame(rows)
    written.to_sql(name, engine, index=False, method=method, chunksize=200 if method else None,
                   dtype={"name": sa.Unicode(40), "moment": sa.dialects.mssql.DATETIME2(6)})
    read = pd.read_sql(f"SELECT * FROM dbo.{name} ORDER BY id", engine)
    assert len(read) == rows
    assert read["id"].tolist() == written["id"].tolist()
    assert [None if pd.isna(text) else text for text in read["name"]] == [None if pd.isna(text) else text for text in written["name"]]
    assert read["ratio"].isna().sum() == rows // 10
    assert read["ratio"].sum() == written["ratio"].sum()
    assert read["moment"].tolist() == written["moment"].tolist()
    assert read["flag"].astype(bool).tolist() == written["flag"].tolist()
    whole = pd.read_sql_table(name, engine, schema="dbo")
    assert len(whole) == rows
    parts = list(pd.read_sql(sa.text(f"SELECT id FROM dbo.{name} WHERE id < :n"), engine, params={"n": 100}, chunksize=30))
    assert [len(part) for part in parts] == [30, 30, 30, 10]
    written.head(5).to_sql(name, engine, index=False, if_exists="append")
    assert pd.read_sql(f"SELECT COUNT(*) AS n FROM dbo.{name}", engine)["n"][0] == rows + 5
    written.head(3).to_sql(name, engine, index=False, if_exists="replace")
    assert pd.read_sql(f"SELECT COUNT(*) AS n FROM dbo.{name}", engine)["n"][0] == 3
