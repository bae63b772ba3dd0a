#pragma once
// Scores rows with an ONNX model: natively where every operator of it computes each row by itself
// (featurisation, tree ensembles, linear models), else through ONNX Runtime, which is opened when
// the first model is loaded that needs it.
//
// A Scorer owns a native program or one session, made for callers that bring their own threads: it
// starts none and never spins. It knows nothing of SQL, tables or where the bytes came from, and
// writes nothing to standard error.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "onnx/types.h"

namespace tarn::onnx {

/// The values of one column for a batch of rows, borrowed from the caller until score() returns.
/// Booleans are one byte each, 0 or 1. NULLs are written as types.h says.
using ColumnView = std::variant<std::span<const float>, std::span<const double>,
                                std::span<const std::int64_t>, std::span<const std::int32_t>,
                                std::span<const std::uint8_t>, std::span<const std::string_view>>;

ElementType element_type_of(const ColumnView& column);

/// What one column of a batch is fed to: a whole input of shape [N] or [N,1], or a column of a
/// matrix input [N,F].
struct Feature {
  std::string name;  // the input's name, or "input[3]" in a matrix
  ElementType type = ElementType::kUndefined;
  std::size_t input = 0;      // index into Scorer::inputs()
  std::int64_t position = 0;  // column in that input
};

/// One output of a scored batch: rows × width values in row order.
class Output {
 public:
  ElementType type() const { return type_; }
  std::size_t rows() const { return rows_; }
  std::size_t width() const { return width_; }

  /// The values as what they are: T must match type(), else Error(kInternal).
  std::span<const float> floats() const;
  std::span<const double> doubles() const;
  std::span<const std::int64_t> int64s() const;
  std::span<const std::int32_t> int32s() const;
  std::span<const std::uint8_t> bools() const;
  const std::vector<std::string>& strings() const;

  /// A numeric value (booleans are 0 and 1) of any numeric type.
  double number(std::size_t index) const;

 private:
  friend class Scorer;
  ElementType type_ = ElementType::kUndefined;
  std::size_t rows_ = 0;
  std::size_t width_ = 0;
  std::shared_ptr<void> value_;  // keeps the memory of data_ alive
  const void* data_ = nullptr;
  std::vector<std::string> strings_;
};

/// Limits on a model that is loaded.
inline constexpr std::size_t kModelBytesMax = 1ull << 30;
inline constexpr std::size_t kBatchRowsMax = 1u << 20;

/// What a model may be scored by. The runtime alone is for comparisons with it.
enum class Backend { kNativeOrRuntime, kRuntime };

/// Immutable once loaded; every call may be made from any number of threads at once.
class Scorer {
 public:
  /// Throws Error(kInvalidArgument) when the bytes are no ONNX model, need an operator or version
  /// that the runtime does not have, or refer to data outside themselves; kTooLarge above
  /// kModelBytesMax.
  static std::shared_ptr<const Scorer> load(std::string_view bytes,
                                            Backend backend = Backend::kNativeOrRuntime);
  ~Scorer();

  const std::vector<Port>& inputs() const;
  const std::vector<Port>& outputs() const;
  /// The columns that score() wants, in order. Throws Error(kUnsupported), naming the input, when
  /// an input takes something else than a batch of rows, or a type that no column has.
  const std::vector<Feature>& features() const;
  /// The index of the output, or Error(kNotFound) naming those that there are.
  std::size_t output_index(std::string_view name) const;
  /// The model's metadata_props, and "producer_name", "graph_name", "description" where they are
  /// set.
  const std::vector<std::pair<std::string, std::string>>& metadata() const;
  /// Why the model is scored by ONNX Runtime; empty where it is scored natively.
  const std::string& runtime_reason() const;
  /// For each of features(), whether the outputs depend on it. `wanted` as for score().
  std::vector<bool> used(std::span<const std::size_t> wanted = {}) const;
  /// The size of the bytes that it was loaded from.
  std::size_t model_bytes() const;

  /// Scores `rows` rows. `columns` are those of features(), with exactly their types (types are
  /// checked: Error kInvalidArgument); one that is not used() may be empty. `wanted` are indexes
  /// into outputs(); empty means all. Returns one Output per wanted output.
  std::vector<Output> score(std::span<const ColumnView> columns, std::size_t rows,
                            std::span<const std::size_t> wanted = {}) const;

 private:
  struct Impl;
  explicit Scorer(std::unique_ptr<Impl> impl);
  static void load_native(std::string_view bytes, Impl& impl);
  static void load_session(std::string_view bytes, Impl& impl);
  /// `wanted`, or all outputs where it is empty.
  std::vector<std::size_t> all_or(std::span<const std::size_t> wanted) const;
  void score_natively(std::span<const ColumnView> columns, std::size_t rows,
                      std::span<const std::size_t> wanted, std::vector<Output>& results) const;
  void score_by_session(std::span<const ColumnView> columns, std::size_t rows,
                        std::span<const std::size_t> wanted, std::vector<Output>& results) const;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::onnx
