#pragma once
// Frames for the tests of ml.

#include <cmath>
#include <string>
#include <vector>

#include "detail/random.h"
#include "ml/frame.h"
#include "ml/regression.h"

namespace tarn::ml {

struct MixedOptions {
  std::size_t rows = 200;
  bool missing = true;
  std::uint64_t seed = 7;
};

/// Every column type, missing values, a target that depends on all of them and is positive.
inline Frame mixed_frame(const MixedOptions& options) {
  FrameBuilder builder({{"size", ColumnType::kDouble},
                        {"rooms", ColumnType::kInt64},
                        {"garden", ColumnType::kBool},
                        {"colour", ColumnType::kString},
                        {"street", ColumnType::kString},
                        {"built", ColumnType::kDate},
                        {"sold at", ColumnType::kDatetime},
                        {"price", ColumnType::kDouble}});
  detail::Random random(options.seed, {});
  const char* const colours[] = {"red", "green", "blue"};
  for (std::size_t row = 0; row < options.rows; ++row) {
    const double size = 20 + 100 * random.uniform();
    const auto rooms = static_cast<std::int64_t>(1 + random.below(6));
    const auto garden = static_cast<std::int64_t>(random.below(2));
    const std::size_t colour = random.below(3);
    const std::size_t street = random.below(20);
    const auto built = static_cast<std::int64_t>(random.below(30'000)) - 10'000;
    const auto sold = static_cast<std::int64_t>(random.below(400'000'000)) * 1'000'000 * 4;
    const auto gap = [&] { return options.missing && random.below(10) == 0; };
    gap() ? builder.append_null(0) : builder.append_double(0, size);
    gap() ? builder.append_null(1) : builder.append_integer(1, rooms);
    gap() ? builder.append_null(2) : builder.append_integer(2, garden);
    gap() ? builder.append_null(3) : builder.append_string(3, colours[colour]);
    gap() ? builder.append_null(4) : builder.append_string(4, "street " + std::to_string(street));
    gap() ? builder.append_null(5) : builder.append_integer(5, built);
    gap() ? builder.append_null(6) : builder.append_integer(6, sold);
    const double price = 10 + 3 * size + 20 * static_cast<double>(rooms) +
                         50 * static_cast<double>(garden) + 30 * static_cast<double>(colour) +
                         4 * static_cast<double>(street) + 0.001 * static_cast<double>(built) +
                         5 * random.uniform();
    builder.append_double(7, price);
  }
  return builder.finish();
}

inline std::vector<double> numbers_of(const Column& column) {
  std::vector<double> values;
  for (std::size_t row = 0; row < column.valid.size(); ++row) values.push_back(column.number(row));
  return values;
}

/// Two columns of numbers and a target.
inline Frame plain_frame(std::size_t rows, std::uint64_t seed = 3) {
  FrameBuilder builder(
      {{"a", ColumnType::kDouble}, {"b", ColumnType::kDouble}, {"y", ColumnType::kDouble}});
  detail::Random random(seed, {});
  for (std::size_t row = 0; row < rows; ++row) {
    const double a = random.uniform();
    const double b = random.uniform();
    builder.append_double(0, a);
    builder.append_double(1, b);
    builder.append_double(2, 100 * a - 30 * b + std::sin(8 * b) + random.uniform());
  }
  return builder.finish();
}

inline Settings quick_settings() {
  Settings settings;
  settings.trials_max = 4;
  settings.folds = 3;
  return settings;
}

}  // namespace tarn::ml
