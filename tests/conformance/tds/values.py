"""Every type with its extremes, as SQL Server's documentation gives them, and the Python values that they are."""

from __future__ import annotations

import datetime as dt
import struct
import uuid
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Value:
    sql_type: str
    literal: str
    python: object

    def __str__(self) -> str:
        text = self.literal if len(self.literal) < 30 else f"{self.literal[:24]}…{len(self.literal)}"
        return f"{self.sql_type}-{text}".replace("/", "|")


def real(value: float) -> float:
    """The nearest number of 32 bits."""
    return struct.unpack("f", struct.pack("f", value))[0]


def offset(hours: int, minutes: int = 0) -> dt.timezone:
    return dt.timezone(dt.timedelta(hours=hours, minutes=minutes))


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


_GUID = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
_NINES = "9" * 38
LONG = 100_000

NUMBERS = [
    *(Value("bit", str(n), bool(n)) for n in (0, 1)),
    *(Value("tinyint", str(n), n) for n in (0, 255)),
    *(Value("smallint", str(n), n) for n in (-32768, 32767)),
    *(Value("int", str(n), n) for n in (-2147483648, 0, 2147483647)),
    *(Value("bigint", str(n), n) for n in (-9223372036854775808, 9007199254740993, 9223372036854775807)),
    *(Value(t, str(n), Decimal(n)) for t, n in (
        ("decimal(9,4)", "-12345.6789"), ("decimal(18,0)", "999999999999999999"), ("decimal(1,0)", "0"),
        ("decimal(28,10)", "123456789012345678.0123456789"), ("numeric(38,0)", _NINES), ("numeric(38,0)", "-" + _NINES),
        ("decimal(38,38)", "0." + _NINES), ("money", "922337203685477.5807"), ("money", "-922337203685477.5808"),
        ("smallmoney", "214748.3647"), ("smallmoney", "-214748.3648"))),
    *(Value("real", f"{n:E}", real(n)) for n in (0.0, -1.5, 3.4e38, 1.18e-38)),
    *(Value("float", repr(n).upper() + ("" if "e" in repr(n) else "E0"), n) for n in (
        0.0, -1.5, 0.1, 1.7976931348623157e308, -1.7976931348623157e308, 2.2250738585072014e-308)),
]

DATES = [
    *(Value("date", f"'{d}'", dt.date.fromisoformat(d)) for d in ("0001-01-01", "1900-02-28", "2024-02-29", "9999-12-31")),
    Value("time(0)", "'23:59:59'", dt.time(23, 59, 59)),
    Value("time(3)", "'12:34:56.789'", dt.time(12, 34, 56, 789000)),
    Value("time(7)", "'00:00:00'", dt.time(0)),
    Value("time(7)", "'23:59:59.999999'", dt.time(23, 59, 59, 999999)),
    *(Value("datetime", f"'{t.replace(' ', 'T')}'", _moment(t)) for t in (
        "1753-01-01 00:00:00.000", "2024-02-29 12:30:00.333", "9999-12-31 23:59:59.997")),
    *(Value("smalldatetime", f"'{t.replace(' ', 'T')}'", _moment(t)) for t in ("1900-01-01 00:00:00", "2079-06-06 23:59:00")),
    *(Value(f"datetime2({p})", f"'{t.replace(' ', 'T')}'", _moment(t)) for p, t in (
        (0, "2024-02-29 12:30:01"), (3, "2024-02-29 12:30:01.125"), (7, "0001-01-01 00:00:00"),
        (7, "9999-12-31 23:59:59.999999"), (6, "1969-12-31 23:59:59.999999"))),
    *(Value(f"datetimeoffset({p})", f"'{t}'", _moment(t)) for p, t in (
        (7, "2024-05-06T07:08:09.123456+05:30"), (0, "2024-05-06T07:08:09-08:00"), (3, "1950-01-01T00:00:00.125+00:00"),
        (7, "0001-01-02T00:00:00+14:00"), (7, "9999-12-30T23:59:59.999999-14:00"))),
]

TEXTS = [
    Value("char(5)", "'ab'", "ab   "),
    Value("varchar(10)", "''", ""),
    Value("varchar(10)", "'it''s'", "it's"),
    Value("varchar(20)", "'é ß € ž'", "é ß € ž"),
    Value("varchar(8000)", "REPLICATE('x', 8000)", "x" * 8000),
    Value("varchar(max)", "''", ""),
    Value("varchar(max)", f"REPLICATE(CAST('ab' AS varchar(max)), {LONG})", "ab" * LONG),
    Value("nchar(4)", "N'日本'", "日本  "),
    Value("nvarchar(10)", "N''", ""),
    Value("nvarchar(20)", "N'größer 日本語 🎉'", "größer 日本語 🎉"),
    Value("nvarchar(4000)", "REPLICATE(N'ü', 4000)", "ü" * 4000),
    Value("nvarchar(max)", "N''", ""),
    Value("nvarchar(max)", f"REPLICATE(CAST(N'ж🎉' AS nvarchar(max)), {LONG})", "ж🎉" * LONG),
]

BYTES = [
    Value("binary(4)", "0x01FF", b"\x01\xff\0\0"),
    Value("varbinary(10)", "0x", b""),
    Value("varbinary(10)", "0x00FF0A0D1A", b"\x00\xff\x0a\x0d\x1a"),
    Value("varbinary(8000)", "CAST(REPLICATE('x', 8000) AS varbinary(8000))", b"x" * 8000),
    Value("varbinary(max)", "0x", b""),
    Value("varbinary(max)", f"CAST(REPLICATE(CAST('ab' AS varchar(max)), {LONG}) AS varbinary(max))", b"ab" * LONG),
    Value("uniqueidentifier", f"'{_GUID}'", uuid.UUID(_GUID)),
]

VALUES = NUMBERS + DATES + TEXTS + BYTES
TYPES = sorted({value.sql_type for value in VALUES})


def same(expected: object, seen: object) -> bool:
    """Of the same value; of another kind of number or of byte string it may be."""
    if expected is None or seen is None:
        return expected is seen
    if isinstance(expected, bytes):
        return bytes(seen) == expected
    if isinstance(expected, float) and isinstance(seen, float):
        return seen == expected
    if isinstance(expected, uuid.UUID):
        return uuid.UUID(str(seen)) == expected
    if isinstance(expected, dt.datetime):
        return isinstance(seen, dt.datetime) and seen == expected and seen.utcoffset() == expected.utcoffset()
    if isinstance(expected, bool | int | Decimal):
        return not isinstance(seen, float | str) and seen == expected
    return type(seen) is type(expected) and seen == expected
