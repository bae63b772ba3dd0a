#include "detail/exec/constant_row.h"

#include <charconv>
#include <cmath>

#include "detail/exec/query_run.h"
#include "detail/exec/simple_value.h"
#include "engine/chunk_view.h"

namespace tarn::sql {
namespace {

/// A cell of the row, from a constant's canonical text; false for kinds whose text the engine
/// reads.
class CellWriter {
 public:
  explicit CellWriter(engine::ColumnWriter& column) : column_(column) {}

  bool write(const std::optional<std::string>& text) {
    if (!text) {
      column_.set_null(0);
      return true;
    }
    using engine::Kind;
    switch (column_.type().kind) {
      case Kind::kBoolean:
        return write_bit(*text);
      case Kind::kUInt8:
        return write_number<std::uint8_t>(*text);
      case Kind::kInt16:
        return write_number<std::int16_t>(*text);
      case Kind::kInt32:
        return write_number<std::int32_t>(*text);
      case Kind::kInt64:
        return write_number<std::int64_t>(*text);
      case Kind::kFloat:
        return write_number<float>(*text);
      case Kind::kDouble:
        return write_number<double>(*text);
      case Kind::kDecimal:
        return write_decimal(*text);
      case Kind::kText:
      case Kind::kBlob:
        column_.set_text(0, *text);
        return true;
      default:
        return false;
    }
  }

 private:
  bool write_bit(std::string_view text) {
    if (text != "0" && text != "1") return false;
    column_.data<bool>()[0] = text == "1";
    return true;
  }

  template <typename T>
  bool write_number(std::string_view text) {
    T value{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || stop != text.data() + text.size()) return false;
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) return false;
    }
    column_.data<T>()[0] = value;
    return true;
  }

  /// "-12.50" with exactly the type's digits behind the point.
  bool write_decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto point = text.find('.');
    const std::size_t behind = point == std::string_view::npos ? 0 : text.size() - point - 1;
    if (behind != static_cast<std::size_t>(column_.type().scale)) return false;
    engine::Int128 unscaled = 0;
    int digits = 0;
    for (const char c : text) {
      if (c == '.') continue;
      if (c < '0' || c > '9') return false;
      digits += digits > 0 || c != '0';
      unscaled = unscaled * 10 + (c - '0');
      if (digits > column_.type().precision) return false;
    }
    column_.set_unscaled(0, negative ? -unscaled : unscaled);
    return true;
  }

  engine::ColumnWriter& column_;
};

/// A SELECT of a list of items and nothing else.
const bound::Select* select_of_items(const bound::Query& query) {
  const auto* select = std::get_if<bound::Select>(&query.node);
  const bool plain = select && !select->from && !select->where && !select->aggregation &&
                     !select->having && !select->distinct && !select->top &&
                     query.common_tables.empty() && query.order_by.empty() && !query.offset &&
                     !query.fetch && select->items.size() == query.columns.size();
  return plain ? select : nullptr;
}

}  // namespace

std::optional<std::vector<Constant>> constant_row(const bound::Query& query) {
  const bound::Select* select = select_of_items(query);
  if (!select) return std::nullopt;
  std::vector<Constant> row;
  for (const bound::ExprPtr& item : select->items) {
    auto value = simple_value(*item);
    if (!value) return std::nullopt;
    row.push_back(std::move(*value));
  }
  return row;
}

bool send_row(Execution& run, const bound::Query& query, const std::vector<Constant>& row) {
  if (run.capture) return false;  // INSERT … EXEC keeps results in the engine
  const std::vector<ResultColumn> columns = result_columns(query.columns);
  std::vector<engine::Type> types;
  for (const ResultColumn& column : columns) {
    if (column.type_name == "datetimeoffset") return false;
    types.push_back(column.engine_type);
  }
  engine::ChunkBuilder rows(std::move(types));
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!CellWriter(rows.column(i)).write(row[i].text)) return false;
  }
  rows.set_size(1);
  run.sink.on_columns(columns);
  run.unfinished_rows.emplace(1);
  run.sink.on_rows(engine::view_of(rows));
  run.sink.on_rows_end(1);
  run.unfinished_rows.reset();
  return true;
}

void assign_row(Frame& frame, const bound::Query& query, const std::vector<Constant>& row) {
  for (std::size_t i = 0; i < row.size(); ++i)
    frame.variables.at(query.assigns.at(i).variable).text = row[i].text;
}

}  // namespace tarn::sql
