// The exported graph against the model that it was exported from, on rows that try both.

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "ml/onnx_export.h"
#include "onnx/scorer.h"

namespace tarn::ml {

namespace {

constexpr std::size_t kSampleRowsMax = 2000;
constexpr std::size_t kVariedRowsMax = 40;
constexpr std::size_t kSingleRowsMax = 20;
/// Predictions nearer to zero than this part of the mean size are compared as if they had that
/// size.
constexpr double kSizeFloor = 1e-3;
constexpr char kUnseen[] = "\x01 never seen";

/// Raw rows that can be changed, in the form of the graph's inputs.
struct RawColumn {
  ModelInput input;
  std::vector<double> numbers;
  std::vector<std::string> texts;
};
using RawRows = std::vector<RawColumn>;

bool is_text(const ModelInput& input) { return input.type == ColumnType::kString; }
bool is_date(const ModelInput& input) {
  return input.type == ColumnType::kDate || input.type == ColumnType::kDatetime;
}

RawRows take(const std::vector<ModelInput>& inputs, const Frame& frame, std::size_t rows_max) {
  RawRows rows;
  for (const ModelInput& input : inputs) {
    const Column& column = frame.column(input.name);
    RawColumn& raw = rows.emplace_back(RawColumn{input, {}, {}});
    for (std::size_t row = 0; row < std::min(frame.rows(), rows_max); ++row) {
      if (is_text(input)) {
        raw.texts.emplace_back(column.text(row));
      } else {
        raw.numbers.push_back(column.number(row));
      }
    }
  }
  return rows;
}

std::size_t count(const RawRows& rows) {
  return is_text(rows.front().input) ? rows.front().texts.size() : rows.front().numbers.size();
}

RawRows only_row(const RawRows& rows, std::size_t row) {
  RawRows one;
  for (const RawColumn& column : rows) {
    RawColumn& to = one.emplace_back(RawColumn{column.input, {}, {}});
    if (is_text(column.input)) {
      to.texts.push_back(column.texts[row]);
    } else {
      to.numbers.push_back(column.numbers[row]);
    }
  }
  return one;
}

Frame to_frame(const RawRows& rows) {
  std::vector<FrameBuilder::ColumnSpec> columns;
  for (const RawColumn& raw : rows) {
    const bool keep = is_text(raw.input) || is_date(raw.input);
    columns.push_back({raw.input.name, keep ? raw.input.type : ColumnType::kDouble});
  }
  FrameBuilder builder(columns);
  for (std::size_t row = 0; row < count(rows); ++row) {
    for (std::size_t c = 0; c < rows.size(); ++c) {
      if (is_text(rows[c].input)) {
        builder.append_string(c, rows[c].texts[row]);
      } else if (std::isnan(rows[c].numbers[row])) {
        builder.append_null(c);
      } else if (is_date(rows[c].input)) {
        builder.append_integer(c, static_cast<std::int64_t>(rows[c].numbers[row]));
      } else {
        builder.append_double(c, rows[c].numbers[row]);
      }
    }
  }
  return builder.finish();
}

std::vector<double> score(const onnx::Scorer& scorer, const RawRows& rows) {
  std::vector<std::vector<std::string_view>> texts(rows.size());
  std::vector<onnx::ColumnView> columns;
  for (const onnx::Feature& feature : scorer.features()) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const RawColumn& raw) {
      return raw.input.name == feature.name;
    });
    if (found == rows.end()) {
      throw Error(Code::kDataLoss,
                  "the exported model has an input that the model does not have: " + feature.name);
    }
    if (is_text(found->input)) {
      auto& views = texts[static_cast<std::size_t>(found - rows.begin())];
      views.assign(found->texts.begin(), found->texts.end());
      columns.emplace_back(std::span<const std::string_view>(views));
    } else {
      columns.emplace_back(std::span<const double>(found->numbers));
    }
  }
  const std::size_t wanted[] = {scorer.output_index("variable_out1")};
  const auto outputs = scorer.score(columns, count(rows), wanted);
  const auto floats = outputs.front().floats();
  return {floats.begin(), floats.end()};
}

class Verifier {
 public:
  Verifier(const onnx::Scorer& scorer, const Model& model, const RawRows& sample)
      : scorer_(scorer), model_(model) {
    for (const double value : model.predict(to_frame(sample))) size_ += std::abs(value);
    size_ = kSizeFloor * size_ / static_cast<double>(count(sample));
  }

  void compare(const std::string& what, const RawRows& rows) {
    const std::vector<double> expected = model_.predict(to_frame(rows));
    const std::vector<double> scored = score(scorer_, rows);
    if (scored.size() != expected.size()) {
      throw Error(Code::kDataLoss, "the exported model returns another number of rows: " + what);
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double size = std::max({std::abs(expected[i]), std::abs(scored[i]), size_});
      const double difference = size == 0 ? 0 : std::abs(expected[i] - scored[i]) / size;
      if (!(difference <= kOnnxDifferenceMax)) fail(what, i, expected[i], scored[i]);
      result_.difference_max = std::max(result_.difference_max, difference);
    }
    result_.rows += expected.size();
  }

  const OnnxVerification& result() const { return result_; }

 private:
  [[noreturn]] static void fail(const std::string& what, std::size_t row, double expected,
                                double scored) {
    throw Error(Code::kDataLoss,
                "the exported model predicts something else than the trained one: " + what +
                    ", row " + std::to_string(row + 1) + ", " + std::to_string(scored) +
                    " instead of " + std::to_string(expected),
                "The model was not registered. This is a defect of the exporter.");
  }

  const onnx::Scorer& scorer_;
  const Model& model_;
  double size_ = 0;
  OnnxVerification result_;
};

/// `rows` with one column overwritten, row by row in turn, with these values.
RawRows varied(RawRows rows, std::size_t column, const std::vector<double>& numbers,
               const std::vector<std::string>& texts) {
  RawColumn& raw = rows[column];
  for (std::size_t i = 0; i < raw.numbers.size(); ++i) raw.numbers[i] = numbers[i % numbers.size()];
  for (std::size_t i = 0; i < raw.texts.size(); ++i) raw.texts[i] = texts[i % texts.size()];
  return rows;
}

std::vector<double> extremes_of(const ModelInput& input) {
  constexpr double kMax = std::numeric_limits<double>::max();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  // Years 1 to 9999, as SQL has them.
  if (input.type == ColumnType::kDate) return {-719162, -1, 0, 2932896};
  if (input.type == ColumnType::kDatetime) return {-719162 * 86400e6, -1, 0, 2932896 * 86400e6};
  return {0, -1, 1, 1e-300, 3e9, -3e9, 1e39, -1e39, kMax, -kMax, kInfinity, -kInfinity};
}

OnnxVerification verify_with(const onnx::Scorer& scorer, const Model& model, const Frame& sample) {
  const RawRows rows = take(model.inputs(), sample, kSampleRowsMax);
  if (rows.empty() || count(rows) == 0) {
    throw Error(Code::kInvalidArgument, "an exported model cannot be checked without rows");
  }
  Verifier verifier(scorer, model, rows);
  verifier.compare("given rows", rows);

  const double missing = std::numeric_limits<double>::quiet_NaN();
  const RawRows few = take(model.inputs(), sample, kVariedRowsMax);
  RawRows nothing = few;
  for (std::size_t c = 0; c < few.size(); ++c) {
    const ModelInput& input = few[c].input;
    verifier.compare("missing values in " + input.name, varied(few, c, {missing}, {""}));
    if (is_text(input)) {
      verifier.compare("an unseen category in " + input.name, varied(few, c, {}, {kUnseen}));
    } else {
      verifier.compare("extreme values in " + input.name, varied(few, c, extremes_of(input), {}));
    }
    nothing = varied(std::move(nothing), c, {missing}, {""});
  }
  verifier.compare("nothing but missing values", nothing);
  for (std::size_t row = 0; row < std::min(count(rows), kSingleRowsMax); ++row) {
    verifier.compare("a batch of one", only_row(rows, row));
  }
  return verifier.result();
}

}  // namespace

OnnxVerification verify_onnx(std::string_view bytes, const Model& model, const Frame& sample) {
  // Tarn scores it natively where it can; others will score it by ONNX Runtime.
  OnnxVerification result = verify_with(*onnx::Scorer::load(bytes), model, sample);
  const auto runtime = onnx::Scorer::load(bytes, onnx::Backend::kRuntime);
  const OnnxVerification by_runtime = verify_with(*runtime, model, sample);
  result.difference_max = std::max(result.difference_max, by_runtime.difference_max);
  return result;
}

}  // namespace tarn::ml
