#pragma once
// A table in memory for training and scoring: typed columns with missing values.
//
// Owns its values and nothing else: it reads no file and knows no engine. Whoever has the data
// fills a FrameBuilder, value by value, column by column; the frame is immutable afterwards and may
// be read from many threads.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tarn::ml {

inline constexpr std::size_t kFrameColumnsMax = 4096;
inline constexpr std::size_t kFrameRowsMax = 50'000'000;
/// Different texts in one column of strings.
inline constexpr std::size_t kFrameDictionaryMax = 10'000'000;

enum class ColumnType {
  kInt64,
  kDouble,  // float, real and decimal too
  kBool,
  kString,
  kDate,      // days since 1970-01-01
  kDatetime,  // UTC microseconds since 1970-01-01
};

/// "int64", "double", "bool", "string", "date" or "datetime".
std::string_view name_of(ColumnType type);
/// The reverse of name_of. Throws Error(kInvalidArgument).
ColumnType parse_column_type(std::string_view name);

struct Column {
  std::string name;
  ColumnType type = ColumnType::kDouble;
  std::vector<std::uint8_t> valid;     // one per row, 0 is missing
  std::vector<std::int64_t> integers;  // kInt64, kBool (0 or 1), kDate, kDatetime
  std::vector<double> doubles;         // kDouble; a NaN counts as missing
  std::vector<std::int32_t>
      codes;  // kString: index into `dictionary`; an empty text counts as missing
  std::vector<std::string> dictionary;  // kString: different texts in the order of their first row

  bool missing(std::size_t row) const { return valid[row] == 0; }
  /// The value as a double (days, microseconds, 0 or 1); NaN when missing. Not for strings.
  double number(std::size_t row) const;
  /// The text; empty when missing. For strings only.
  std::string_view text(std::size_t row) const;
};

class Frame {
 public:
  std::size_t rows() const { return rows_; }
  const std::vector<Column>& columns() const { return columns_; }
  /// By name, exactly, else without regard to ASCII case. Null when there is none.
  const Column* find(std::string_view name) const;
  /// As find(), but throws Error(kNotFound) with the nearest name.
  const Column& column(std::string_view name) const;
  /// The rows in this order; a row may come more than once.
  Frame select(const std::vector<std::size_t>& rows) const;
  /// The same rows without the column `name`, or with only those in `names` (in their order).
  Frame without(std::string_view name) const;
  Frame only(const std::vector<std::string>& names) const;
  /// The same rows, but for the column `name`, whose i-th value becomes the order[i]-th.
  Frame with_column_in_order(std::string_view name, const std::vector<std::size_t>& order) const;
  /// These rows and those of `other` behind them, with these columns; the other's are found by
  /// name. Numbers of different types become doubles. Throws Error(kNotFound) for a column that is
  /// not in `other`, Error(kInvalidArgument) for one of another kind there.
  Frame followed_by(const Frame& other) const;

 private:
  friend class FrameBuilder;
  std::size_t rows_ = 0;
  std::vector<Column> columns_;
};

/// Append one value to every column, then the next row; finish() checks that all columns are
/// equally long.
class FrameBuilder {
 public:
  struct ColumnSpec {
    std::string name;
    ColumnType type;
  };

  /// Throws Error(kInvalidArgument) when a name is empty or comes twice (ASCII case ignored),
  /// Error(kTooLarge) above kFrameColumnsMax.
  explicit FrameBuilder(std::vector<ColumnSpec> columns);

  void append_null(std::size_t column);
  /// For kInt64, kBool, kDate (days), kDatetime (microseconds) and kDouble.
  void append_integer(std::size_t column, std::int64_t value);
  /// For kDouble. A NaN is stored as missing.
  void append_double(std::size_t column, double value);
  /// For kString. An empty text is stored as missing.
  void append_string(std::size_t column, std::string_view value);

  /// Throws Error(kInvalidArgument) when the columns differ in length, Error(kTooLarge) above
  /// kFrameRowsMax. Ends the builder.
  Frame finish();

 private:
  Column& at(std::size_t column);

  Frame frame_;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Codes = std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>>;
  std::vector<Codes> codes_;
};

}  // namespace tarn::ml
