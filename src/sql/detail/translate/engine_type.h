#pragma once
// SQL Server's types in the engine. One place says how each is stored; sources, sinks and the
// translator follow it.
//
//   bit BOOLEAN · tinyint UTINYINT · smallint SMALLINT · int INTEGER · bigint BIGINT ·
//   decimal/numeric(p,s) DECIMAL(p,s) money DECIMAL(19,4) · smallmoney DECIMAL(10,4) · real FLOAT ·
//   float DOUBLE · date DATE · time TIME smalldatetime, datetime, datetime2 TIMESTAMP ·
//   datetimeoffset HUGEINT (sql/offset_moment.h) · character types VARCHAR (char and nchar padded
//   with blanks) · binary types BLOB · uniqueidentifier UUID

#include <string>
#include <string_view>

#include "detail/bind/context.h"
#include "detail/types/type.h"
#include "engine/type.h"

namespace tarn::sql {

engine::Type engine_type(const SqlType& type);
std::string engine_type_sql(const SqlType& type);
/// The SQL type that a column of the engine is read as, for sources without declared types
/// (Parquet, Delta): VARCHAR varchar(8000), TIMESTAMP datetime2(7), HUGEINT decimal(38,0), ...
/// kOther and nested kinds are varchar(8000).
SqlType sql_type_of(const engine::Type& type);

/// A constant as the engine's SQL writes it: CAST('2024-01-31' AS DATE), 'it''s', NULL::INTEGER.
std::string engine_literal(const SqlType& type, const std::optional<std::string>& text);
/// Comparisons do not see them.
std::string without_trailing_blanks(const std::string& text);

}  // namespace tarn::sql
