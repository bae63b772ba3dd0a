#include "ml/frame.h"

#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace tarn::ml {

namespace {

constexpr std::array<std::string_view, 6> kTypeNames = {"int64",  "double", "bool",
                                                        "string", "date",   "datetime"};

template <typename T>
void take(const std::vector<T>& from, const std::vector<std::size_t>& rows, std::vector<T>& to) {
  if (from.empty()) return;
  to.reserve(rows.size());
  for (const std::size_t row : rows) to.push_back(from[row]);
}

Column select_rows(const Column& column, const std::vector<std::size_t>& rows) {
  Column selected;
  selected.name = column.name;
  selected.type = column.type;
  selected.dictionary = column.dictionary;
  take(column.valid, rows, selected.valid);
  take(column.integers, rows, selected.integers);
  take(column.doubles, rows, selected.doubles);
  take(column.codes, rows, selected.codes);
  return selected;
}

}  // namespace

std::string_view name_of(ColumnType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

ColumnType parse_column_type(std::string_view name) {
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) return static_cast<ColumnType>(i);
  }
  throw Error(Code::kInvalidArgument, "unknown column type: " + std::string(name),
              "The types are int64, double, bool, string, date and datetime.");
}

double Column::number(std::size_t row) const {
  if (missing(row)) return std::numeric_limits<double>::quiet_NaN();
  return type == ColumnType::kDouble ? doubles[row] : static_cast<double>(integers[row]);
}

std::string_view Column::text(std::size_t row) const {
  if (missing(row)) return {};
  return dictionary[static_cast<std::size_t>(codes[row])];
}

const Column* Frame::find(std::string_view name) const {
  for (const Column& column : columns_) {
    if (column.name == name) return &column;
  }
  for (const Column& column : columns_) {
    if (equal_ignoring_case(column.name, name)) return &column;
  }
  return nullptr;
}

const Column& Frame::column(std::string_view name) const {
  if (const Column* found = find(name)) return *found;
  std::vector<std::string> names;
  for (const Column& column : columns_) names.push_back(column.name);
  std::string hint = did_you_mean(name, names);
  if (hint.empty() && !names.empty()) hint = "The columns are " + join(names, ", ") + ".";
  throw Error(Code::kNotFound, "there is no such column: " + std::string(name), std::move(hint));
}

Frame Frame::select(const std::vector<std::size_t>& rows) const {
  for (const std::size_t row : rows) check(row < rows_, "a selected row is beyond the frame");
  Frame selected;
  selected.rows_ = rows.size();
  selected.columns_.reserve(columns_.size());
  for (const Column& column : columns_) selected.columns_.push_back(select_rows(column, rows));
  return selected;
}

Frame Frame::without(std::string_view name) const {
  const Column* left_out = find(name);
  Frame rest;
  rest.rows_ = rows_;
  for (const Column& column : columns_) {
    if (&column != left_out) rest.columns_.push_back(column);
  }
  return rest;
}

Frame Frame::only(const std::vector<std::string>& names) const {
  Frame part;
  part.rows_ = rows_;
  for (const std::string& name : names) part.columns_.push_back(column(name));
  return part;
}

namespace {

bool is_number(ColumnType type) {
  return type == ColumnType::kInt64 || type == ColumnType::kDouble || type == ColumnType::kBool;
}

ColumnType common_type(const Column& a, const Column& b) {
  if (a.type == b.type) return a.type;
  if (is_number(a.type) && is_number(b.type)) return ColumnType::kDouble;
  throw Error(Code::kInvalidArgument, "a column is of another type in the other data: " + a.name,
              "It is " + std::string(name_of(a.type)) + " in one, " + std::string(name_of(b.type)) +
                  " in the other.");
}

void append_column(const Column& from, std::size_t to, FrameBuilder& builder, ColumnType type) {
  for (std::size_t row = 0; row < from.valid.size(); ++row) {
    if (from.missing(row)) {
      builder.append_null(to);
    } else if (type == ColumnType::kString) {
      builder.append_string(to, from.text(row));
    } else if (type == ColumnType::kDouble) {
      builder.append_double(to, from.number(row));
    } else {
      builder.append_integer(to, from.integers[row]);
    }
  }
}

}  // namespace

Frame Frame::with_column_in_order(std::string_view name,
                                  const std::vector<std::size_t>& order) const {
  check(order.size() == rows_, "an order of other rows");
  Frame result = *this;
  const auto at = static_cast<std::size_t>(&column(name) - columns_.data());
  result.columns_[at] = only({columns_[at].name}).select(order).columns_.front();
  return result;
}

Frame Frame::followed_by(const Frame& other) const {
  std::vector<FrameBuilder::ColumnSpec> specs;
  for (const Column& column : columns_)
    specs.push_back({column.name, common_type(column, other.column(column.name))});
  FrameBuilder builder(specs);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    append_column(columns_[c], c, builder, specs[c].type);
    append_column(other.column(columns_[c].name), c, builder, specs[c].type);
  }
  return builder.finish();
}

FrameBuilder::FrameBuilder(std::vector<ColumnSpec> columns) : codes_(columns.size()) {
  if (columns.size() > kFrameColumnsMax) {
    throw Error(Code::kTooLarge, "a frame has too many columns: " + std::to_string(columns.size()),
                "At most " + std::to_string(kFrameColumnsMax) + " columns can be trained on.");
  }
  for (ColumnSpec& spec : columns) {
    if (spec.name.empty()) {
      throw Error(Code::kInvalidArgument, "a column of the data has no name",
                  "Give every column a name.");
    }
    if (frame_.find(spec.name) != nullptr) {
      throw Error(Code::kInvalidArgument, "a column name comes twice: " + spec.name,
                  "Rename one of them; names are compared without regard to case.");
    }
    Column column;
    column.name = std::move(spec.name);
    column.type = spec.type;
    frame_.columns_.push_back(std::move(column));
  }
}

Column& FrameBuilder::at(std::size_t column) {
  check(column < frame_.columns_.size(), "a value for a column that the frame does not have");
  return frame_.columns_[column];
}

void FrameBuilder::append_null(std::size_t column) {
  Column& to = at(column);
  to.valid.push_back(0);
  switch (to.type) {
    case ColumnType::kDouble:
      to.doubles.push_back(std::numeric_limits<double>::quiet_NaN());
      break;
    case ColumnType::kString:
      to.codes.push_back(-1);
      break;
    default:
      to.integers.push_back(0);
  }
}

void FrameBuilder::append_integer(std::size_t column, std::int64_t value) {
  Column& to = at(column);
  check(to.type != ColumnType::kString, "an integer for a column of texts");
  to.valid.push_back(1);
  if (to.type == ColumnType::kDouble) {
    to.doubles.push_back(static_cast<double>(value));
  } else {
    to.integers.push_back(value);
  }
}

void FrameBuilder::append_double(std::size_t column, double value) {
  Column& to = at(column);
  check(to.type == ColumnType::kDouble, "a double for a column of another type");
  to.valid.push_back(std::isnan(value) ? 0 : 1);
  to.doubles.push_back(value);
}

void FrameBuilder::append_string(std::size_t column, std::string_view value) {
  Column& to = at(column);
  check(to.type == ColumnType::kString, "a text for a column of another type");
  if (value.empty()) return append_null(column);
  Codes& codes = codes_[column];
  auto found = codes.find(value);
  if (found == codes.end()) {
    if (to.dictionary.size() >= kFrameDictionaryMax) {
      throw Error(Code::kTooLarge, "a column has too many different texts: " + to.name,
                  "Leave the column out of the training data.");
    }
    found =
        codes.emplace(std::string(value), static_cast<std::int32_t>(to.dictionary.size())).first;
    to.dictionary.emplace_back(value);
  }
  to.valid.push_back(1);
  to.codes.push_back(found->second);
}

Frame FrameBuilder::finish() {
  frame_.rows_ = frame_.columns_.empty() ? 0 : frame_.columns_.front().valid.size();
  for (const Column& column : frame_.columns_) {
    if (column.valid.size() != frame_.rows_) {
      throw Error(Code::kInvalidArgument, "the columns of a frame differ in length: " + column.name,
                  "Append one value to every column for each row.");
    }
  }
  if (frame_.rows_ > kFrameRowsMax) {
    throw Error(Code::kTooLarge, "the data has too many rows: " + std::to_string(frame_.rows_),
                "Train on a sample of at most " + std::to_string(kFrameRowsMax) + " rows.");
  }
  codes_.clear();
  return std::exchange(frame_, Frame{});
}

}  // namespace tarn::ml
