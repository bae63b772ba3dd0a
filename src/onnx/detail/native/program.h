#pragma once
// A model as steps over columns: what a graph becomes that needs no runtime.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "detail/native/step.h"
#include "onnx/scorer.h"
#include "onnx/types.h"

namespace tarn::onnx::native {

/// Memory of one thread that scores.
inline constexpr std::size_t kWorkspaceBytesMax = 64u << 20;
/// Steps and registers of a program.
inline constexpr std::size_t kRegistersMax = 1u << 16;
/// Outputs of a model.
inline constexpr std::size_t kOutputsMax = 64;

class ProgramBuilder;

/// Immutable; score() may be called by many threads at once. Each call takes a workspace from a
/// list and gives it back: nothing is allocated for a batch but its results.
class Program {
 public:
  ~Program();

  struct Result {
    ElementType type = ElementType::kUndefined;
    std::size_t width = 0;
    std::shared_ptr<void> values;  // rows x width of the type, in row order
    std::vector<std::string> strings;
  };

  /// Whether each input column is needed for these outputs.
  std::vector<bool> used(std::span<const std::size_t> wanted) const;
  /// `columns` as the builder's inputs; those that are not used may be empty.
  std::vector<Result> score(std::span<const ColumnView> columns, std::size_t rows,
                            std::span<const std::size_t> wanted) const;

 private:
  friend class ProgramBuilder;
  struct Register {
    ElementType type = ElementType::kUndefined;
    int input = -1;          // a column of the batch, or
    std::size_t offset = 0;  // where it lies in a workspace
    bool is_constant = false;
  };
  struct Constant;
  struct Planned {
    StepPtr step;
    std::uint64_t outputs = 0;  // bit o: output o needs it
  };
  struct Output {
    ElementType type;
    std::vector<int> registers;
  };
  class Workspace;
  class Lease;

  Program() = default;
  void write(const Output& output, const Tile& tile, std::size_t first, Result& result) const;

  std::vector<Register> registers_;
  std::vector<Constant> constants_;
  std::vector<Planned> steps_;
  std::vector<Output> outputs_;
  std::vector<std::uint64_t> inputs_used_;  // bit o: output o needs it
  std::size_t workspace_bytes_ = 0;
  std::size_t scratch_bytes_ = 0;

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Workspace>> free_;
};

/// A value that is the same in every row.
struct Program::Constant {
  int reg = -1;
  double number = 0;
  std::int64_t integer = 0;
  std::string text;
};

/// Collects steps; then drops those that no output needs and lays the registers out.
class ProgramBuilder {
 public:
  ProgramBuilder();

  int input(ElementType type);
  int fresh(ElementType type);
  int constant(ElementType type, double number, std::int64_t integer, std::string text);
  ElementType type_of(int reg) const;
  /// Appends a step that writes registers from fresh().
  void add(StepPtr step);
  void output(ElementType type, std::vector<int> registers);

  /// Throws NotNative above the limits.
  std::unique_ptr<const Program> build() &&;

 private:
  void mark_needs();
  void lay_out();

  std::unique_ptr<Program> program_;
  std::map<std::tuple<ElementType, std::uint64_t, std::int64_t, std::string>, int> constants_;
};

}  // namespace tarn::onnx::native
