#include <cmath>
#include <cstdio>

#include "base/digest.h"
#include "base/text.h"
#include "detail/exec/value_text.h"
#include "sql/result_sink.h"

namespace tarn::sql {
namespace {

using engine::Kind;

void append_json_text(std::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
          out += escape;
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

/// Digits of the second that clients see.
int shown_digits(const ResultColumn& column) {
  if (column.type_name == "datetime") return 3;
  if (column.type_name == "smalldatetime") return 0;
  return column.scale;
}

bool is_json_number(Kind kind) {
  switch (kind) {
    case Kind::kInt8:
    case Kind::kInt16:
    case Kind::kInt32:
    case Kind::kInt64:
    case Kind::kUInt8:
    case Kind::kUInt16:
    case Kind::kUInt32:
    case Kind::kUInt64:
    case Kind::kInt128:
    case Kind::kDecimal:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::string cell_text(const ResultColumn& column, const engine::Column& values, std::size_t row) {
  switch (values.type().kind) {
    case Kind::kDecimal:
      return decimal_text(values.unscaled(row), values.type().scale);
    case Kind::kInt128:
      if (column.type_name == "datetimeoffset") {
        return offset_moment_text(values.data<engine::Int128>()[row], shown_digits(column), " ");
      }
      return decimal_text(values.data<engine::Int128>()[row], 0);
    case Kind::kFloat:
      return real_text(values.data<float>()[row]);
    case Kind::kDouble:
      return float_text(values.data<double>()[row]);
    case Kind::kText:
    case Kind::kEnum:
      return std::string(values.text(row));
    case Kind::kBlob:
      return "0x" + to_upper(to_hex(values.text(row)));
    case Kind::kDate:
      return date_text(values.integer(row));
    case Kind::kTime:
      return time_text(values.integer(row), shown_digits(column));
    case Kind::kTimestamp:
      return timestamp_text(values.integer(row), shown_digits(column));
    case Kind::kUuid:
      return uuid_text(values.data<engine::Int128>()[row]);
    default:
      return std::to_string(values.integer(row));
  }
}

void append_cell_json(const ResultColumn& column, const engine::Column& values, std::size_t row,
                      std::string& out) {
  if (values.is_null(row)) {
    out += "null";
    return;
  }
  const Kind kind = values.type().kind;
  if (kind == Kind::kBoolean) {
    out += values.integer(row) ? "true" : "false";
  } else if (kind == Kind::kFloat || kind == Kind::kDouble) {
    // JSON has neither NaN nor infinity.
    out += std::isfinite(values.number(row)) ? cell_text(column, values, row) : "null";
  } else if (is_json_number(kind) && column.type_name != "datetimeoffset") {
    out += cell_text(column, values, row);
  } else if (kind == Kind::kBlob) {
    append_json_text(to_base64(values.text(row)), out);
  } else {
    append_json_text(cell_text(column, values, row), out);
  }
}

}  // namespace tarn::sql
