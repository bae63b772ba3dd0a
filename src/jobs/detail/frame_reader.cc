#include "detail/frame_reader.h"

#include <optional>

namespace tarn::jobs::detail {
namespace {

using engine::Kind;
using ml::ColumnType;

/// How a column of the engine becomes one of the frame; empty for those that are left out.
struct Mapping {
  ColumnType type;
  const char* cast = nullptr;  // the engine's type to cast to first
};

std::optional<Mapping> map(Kind kind) {
  switch (kind) {
    case Kind::kBoolean:
      return Mapping{ColumnType::kBool};
    case Kind::kInt8:
    case Kind::kInt16:
    case Kind::kInt32:
    case Kind::kInt64:
    case Kind::kUInt8:
    case Kind::kUInt16:
    case Kind::kUInt32:
      return Mapping{ColumnType::kInt64, "BIGINT"};
    case Kind::kUInt64:
    case Kind::kInt128:
    case Kind::kFloat:
    case Kind::kDecimal:
    case Kind::kDouble:
      return Mapping{ColumnType::kDouble, "DOUBLE"};
    case Kind::kText:
    case Kind::kEnum:
    case Kind::kUuid:
    case Kind::kTime:
      return Mapping{ColumnType::kString, "VARCHAR"};
    case Kind::kDate:
      return Mapping{ColumnType::kDate, "DATE"};
    case Kind::kTimestamp:
    case Kind::kTimestampTz:
    case Kind::kTimestampSeconds:
    case Kind::kTimestampMillis:
    case Kind::kTimestampNanos:
      return Mapping{ColumnType::kDatetime, "TIMESTAMP"};
    default:
      return std::nullopt;
  }
}

void append(ml::FrameBuilder& builder, std::size_t index, ColumnType type,
            const engine::Column& column) {
  const std::size_t rows = column.size();
  for (std::size_t row = 0; row < rows; ++row) {
    if (column.is_null(row)) {
      builder.append_null(index);
    } else if (type == ColumnType::kString) {
      builder.append_string(index, column.text(row));
    } else if (type == ColumnType::kDouble) {
      builder.append_double(index, column.number(row));
    } else {
      builder.append_integer(index, column.integer(row));
    }
  }
}

}  // namespace

ReadFrame read_frame(engine::Connection& connection, std::string_view query,
                     const CancelToken& cancel) {
  ReadFrame result;
  std::vector<ml::FrameBuilder::ColumnSpec> columns;
  std::string list;
  for (const engine::ColumnInfo& column : connection.describe(query)) {
    const auto mapping = map(column.type.kind);
    if (!mapping) {
      result.left_out.emplace_back(
          column.name, "nothing is learned from the type " + engine::to_sql(column.type));
      continue;
    }
    const std::string name = engine::quote_name(column.name);
    list += list.empty() ? "" : ", ";
    list +=
        mapping->cast == nullptr ? name : "CAST(" + name + " AS " + mapping->cast + ") AS " + name;
    columns.push_back({column.name, mapping->type});
  }
  if (columns.empty()) throw Error(Code::kInvalidArgument, "The data have no columns to train on.");

  engine::Result rows =
      connection.query("SELECT " + list + " FROM (" + std::string(query) + ") AS data", cancel);
  ml::FrameBuilder builder(columns);
  engine::Chunk chunk;
  while (rows.next(chunk)) {
    cancel.check();
    for (std::size_t i = 0; i < columns.size(); ++i)
      append(builder, i, columns[i].type, chunk.column(i));
  }
  result.frame = builder.finish();
  return result;
}

}  // namespace tarn::jobs::detail
