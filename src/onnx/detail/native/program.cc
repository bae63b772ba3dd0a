#include "detail/native/program.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <map>
#include <new>

#include "base/error.h"
#include "detail/element_size.h"
#include "detail/model_proto.h"

namespace tarn::onnx::native {
namespace {

constexpr std::size_t kAlignment = 64;

std::size_t register_bytes(ElementType type) {
  const bool text = type == ElementType::kString;
  return kTileRows * (text ? sizeof(std::string_view) : detail::element_size(type));
}

template <typename T>
void interleave(const T* from, std::size_t rows, std::size_t width, std::size_t column, T* to) {
  if (width == 1) {
    std::memcpy(to, from, rows * sizeof(T));
    return;
  }
  for (std::size_t i = 0; i < rows; ++i) to[i * width + column] = from[i];
}

struct AlignedDelete {
  void operator()(std::byte* bytes) const {
    ::operator delete[](bytes, std::align_val_t{kAlignment});
  }
};
using AlignedBytes = std::unique_ptr<std::byte[], AlignedDelete>;

AlignedBytes allocate(std::size_t size) {
  return AlignedBytes(
      static_cast<std::byte*>(::operator new[](size, std::align_val_t{kAlignment})));
}

}  // namespace

/// The registers of one thread, with the constants filled in.
class Program::Workspace {
 public:
  explicit Workspace(const Program& program)
      : memory_(allocate(program.workspace_bytes_)),
        scratch_(allocate(program.scratch_bytes_)),
        registers_(program.registers_.size()) {
    for (std::size_t r = 0; r < registers_.size(); ++r) {
      if (program.registers_[r].input < 0)
        registers_[r] = memory_.get() + program.registers_[r].offset;
    }
    for (const Constant& constant : program.constants_)
      fill(constant, program.registers_[static_cast<std::size_t>(constant.reg)].type);
  }

  void point(const Program& program, std::span<const ColumnView> columns, std::size_t first) {
    for (std::size_t r = 0; r < registers_.size(); ++r) {
      const Register& reg = program.registers_[r];
      if (reg.input < 0) continue;
      registers_[r] = std::visit(
          [&](const auto& values) -> void* {
            // Steps only read their inputs.
            using T = std::remove_const_t<typename std::decay_t<decltype(values)>::element_type>;
            return values.empty() ? nullptr : const_cast<T*>(values.data() + first);
          },
          columns[static_cast<std::size_t>(reg.input)]);
    }
  }

  Tile tile(std::size_t rows) const { return {registers_.data(), scratch_.get(), rows}; }

 private:
  template <typename T>
  void fill(int reg, const T& value) {
    std::uninitialized_fill_n(static_cast<T*>(registers_[static_cast<std::size_t>(reg)]), kTileRows,
                              value);
  }
  void fill(const Constant& constant, ElementType type) {
    switch (type) {
      case ElementType::kFloat:
        return fill(constant.reg, static_cast<float>(constant.number));
      case ElementType::kDouble:
        return fill(constant.reg, constant.number);
      case ElementType::kInt64:
        return fill(constant.reg, constant.integer);
      case ElementType::kInt32:
        return fill(constant.reg, static_cast<std::int32_t>(constant.integer));
      case ElementType::kString:
        return fill(constant.reg, std::string_view(constant.text));
      default:
        return fill(constant.reg, static_cast<std::uint8_t>(constant.integer));
    }
  }

  AlignedBytes memory_;
  AlignedBytes scratch_;
  std::vector<void*> registers_;
};

/// A workspace taken from the free ones, and given back.
class Program::Lease {
 public:
  explicit Lease(const Program& program) : program_(program) {
    {
      const std::lock_guard lock(program.mutex_);
      if (!program.free_.empty()) {
        workspace_ = std::move(program.free_.back());
        program.free_.pop_back();
      }
    }
    if (!workspace_) workspace_ = std::make_unique<Workspace>(program);
  }
  ~Lease() {
    const std::lock_guard lock(program_.mutex_);
    program_.free_.push_back(std::move(workspace_));
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Workspace* operator->() { return workspace_.get(); }

 private:
  const Program& program_;
  std::unique_ptr<Workspace> workspace_;
};

Program::~Program() = default;

std::vector<bool> Program::used(std::span<const std::size_t> wanted) const {
  std::uint64_t outputs = 0;
  for (const std::size_t output : wanted) outputs |= std::uint64_t{1} << output;
  std::vector<bool> result;
  for (const std::uint64_t input : inputs_used_) result.push_back((input & outputs) != 0);
  return result;
}

std::vector<Program::Result> Program::score(std::span<const ColumnView> columns, std::size_t rows,
                                            std::span<const std::size_t> wanted) const {
  std::uint64_t outputs = 0;
  std::vector<Result> results;
  for (const std::size_t index : wanted) {
    outputs |= std::uint64_t{1} << index;
    const Output& output = outputs_.at(index);
    Result& result = results.emplace_back();
    result.type = output.type;
    result.width = output.registers.size();
    const std::size_t count = rows * result.width;
    if (output.type == ElementType::kString) {
      result.strings.resize(count);
    } else {
      result.values =
          std::shared_ptr<std::byte[]>(allocate(count * detail::element_size(output.type)));
    }
  }
  Lease workspace(*this);
  for (std::size_t first = 0; first < rows; first += kTileRows) {
    workspace->point(*this, columns, first);
    const Tile tile = workspace->tile(std::min(kTileRows, rows - first));
    for (const Planned& planned : steps_) {
      if ((planned.outputs & outputs) != 0) planned.step->run(tile);
    }
    for (std::size_t i = 0; i < wanted.size(); ++i)
      write(outputs_[wanted[i]], tile, first, results[i]);
  }
  return results;
}

void Program::write(const Output& output, const Tile& tile, std::size_t first,
                    Result& result) const {
  const std::size_t width = output.registers.size();
  for (std::size_t column = 0; column < width; ++column) {
    const int reg = output.registers[column];
    if (output.type == ElementType::kString) {
      const auto* texts = tile.at<std::string_view>(reg);
      for (std::size_t i = 0; i < tile.rows; ++i)
        result.strings[(first + i) * width + column] = texts[i];
      continue;
    }
    auto* to = static_cast<std::byte*>(result.values.get()) +
               first * width * detail::element_size(output.type);
    switch (detail::element_size(output.type)) {
      case 8:
        interleave(tile.at<std::uint64_t>(reg), tile.rows, width, column,
                   reinterpret_cast<std::uint64_t*>(to));
        break;
      case 4:
        interleave(tile.at<std::uint32_t>(reg), tile.rows, width, column,
                   reinterpret_cast<std::uint32_t*>(to));
        break;
      default:
        interleave(tile.at<std::uint8_t>(reg), tile.rows, width, column,
                   reinterpret_cast<std::uint8_t*>(to));
    }
  }
}

ProgramBuilder::ProgramBuilder() : program_(new Program()) {}

int ProgramBuilder::fresh(ElementType type) {
  if (program_->registers_.size() >= kRegistersMax)
    throw detail::NotNative{"it has too many values"};
  Program::Register reg;
  reg.type = type;
  program_->registers_.push_back(reg);
  return static_cast<int>(program_->registers_.size()) - 1;
}

int ProgramBuilder::input(ElementType type) {
  const int reg = fresh(type);
  program_->registers_.back().input = static_cast<int>(program_->inputs_used_.size());
  program_->inputs_used_.push_back(0);
  return reg;
}

int ProgramBuilder::constant(ElementType type, double number, std::int64_t integer,
                             std::string text) {
  const auto [known, is_new] =
      constants_.try_emplace({type, std::bit_cast<std::uint64_t>(number), integer, text}, 0);
  if (!is_new) return known->second;
  const int reg = fresh(type);
  program_->registers_.back().is_constant = true;
  program_->constants_.push_back({reg, number, integer, std::move(text)});
  return known->second = reg;
}

ElementType ProgramBuilder::type_of(int reg) const {
  return program_->registers_.at(static_cast<std::size_t>(reg)).type;
}

void ProgramBuilder::add(StepPtr step) { program_->steps_.push_back({std::move(step), 0}); }

void ProgramBuilder::output(ElementType type, std::vector<int> registers) {
  if (program_->outputs_.size() >= kOutputsMax) throw detail::NotNative{"it has too many outputs"};
  program_->outputs_.push_back({type, std::move(registers)});
}

void ProgramBuilder::mark_needs() {
  Program& program = *program_;
  std::vector<std::uint64_t> needs(program.registers_.size(), 0);
  for (std::size_t o = 0; o < program.outputs_.size(); ++o) {
    for (const int reg : program.outputs_[o].registers)
      needs[static_cast<std::size_t>(reg)] |= std::uint64_t{1} << o;
  }
  for (auto planned = program.steps_.rbegin(); planned != program.steps_.rend(); ++planned) {
    for (const int reg : planned->step->outputs())
      planned->outputs |= needs[static_cast<std::size_t>(reg)];
    for (const int reg : planned->step->inputs())
      needs[static_cast<std::size_t>(reg)] |= planned->outputs;
  }
  std::erase_if(program.steps_, [](const Program::Planned& step) { return step.outputs == 0; });
  for (std::size_t r = 0; r < needs.size(); ++r) {
    if (program.registers_[r].input >= 0)
      program.inputs_used_[static_cast<std::size_t>(program.registers_[r].input)] = needs[r];
  }
  std::erase_if(program.constants_, [&](const Program::Constant& constant) {
    return needs[static_cast<std::size_t>(constant.reg)] == 0;
  });
}

/// Gives registers their place in a workspace; one that is no longer read gives its place to the
/// next of its size.
void ProgramBuilder::lay_out() {
  Program& program = *program_;
  std::size_t end = 0;
  const auto place = [&](std::size_t bytes) {
    const std::size_t at = end;
    end += (bytes + kAlignment - 1) / kAlignment * kAlignment;
    if (end > kWorkspaceBytesMax) throw detail::NotNative{"it needs too much memory"};
    return at;
  };
  for (const Program::Constant& constant : program.constants_) {
    Program::Register& reg = program.registers_[static_cast<std::size_t>(constant.reg)];
    reg.offset = place(register_bytes(reg.type));
  }
  std::vector<std::size_t> last_use(program.registers_.size(), 0);
  for (std::size_t s = 0; s < program.steps_.size(); ++s) {
    const Step& step = *program.steps_[s].step;
    for (const int reg : step.inputs()) last_use[static_cast<std::size_t>(reg)] = s;
    for (const int reg : step.outputs()) last_use[static_cast<std::size_t>(reg)] = s;
  }
  for (const Program::Output& output : program.outputs_) {
    for (const int reg : output.registers)
      last_use[static_cast<std::size_t>(reg)] = program.steps_.size();
  }
  std::map<std::size_t, std::vector<std::size_t>> free;  // places by size
  const auto give_back = [&](int index, std::size_t step) {
    Program::Register& reg = program.registers_[static_cast<std::size_t>(index)];
    std::size_t& last = last_use[static_cast<std::size_t>(index)];
    if (reg.input >= 0 || reg.is_constant || last != step) return;
    last = program.steps_.size() + 1;  // once
    free[register_bytes(reg.type)].push_back(reg.offset);
  };
  for (std::size_t s = 0; s < program.steps_.size(); ++s) {
    const Step& step = *program.steps_[s].step;
    program.scratch_bytes_ = std::max(program.scratch_bytes_, step.scratch_bytes());
    for (const int index : step.outputs()) {
      Program::Register& reg = program.registers_[static_cast<std::size_t>(index)];
      auto& places = free[register_bytes(reg.type)];
      if (places.empty()) {
        reg.offset = place(register_bytes(reg.type));
      } else {
        reg.offset = places.back();
        places.pop_back();
      }
    }
    for (const int index : step.inputs()) give_back(index, s);
    for (const int index : step.outputs()) give_back(index, s);
  }
  program.workspace_bytes_ = std::max(end, kAlignment);
  program.scratch_bytes_ = std::max(program.scratch_bytes_, kAlignment);
}

std::unique_ptr<const Program> ProgramBuilder::build() && {
  mark_needs();
  lay_out();
  return std::move(program_);
}

}  // namespace tarn::onnx::native
