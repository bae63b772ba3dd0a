#include "detail/flat_table.h"

namespace tarn::engine {

void FlatBuilder::pre_align(std::size_t length, std::size_t alignment) {
  while ((reversed_.size() + length) % alignment != 0) reversed_.push_back(0);
}

void FlatBuilder::push_bytes(std::uint64_t value, std::size_t width) {
  for (std::size_t i = width; i-- > 0;)
    reversed_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void FlatBuilder::push_reference(Offset target) {
  pre_align(4, 4);
  push_bytes(size() + 4 - target, 4);
}

FlatBuilder::Offset FlatBuilder::text(std::string_view value) {
  pre_align(value.size() + 1, 4);
  reversed_.push_back(0);
  reversed_.insert(reversed_.end(), value.rbegin(), value.rend());
  push(static_cast<std::uint32_t>(value.size()));
  return size();
}

FlatBuilder::Offset FlatBuilder::references(const std::vector<Offset>& targets) {
  pre_align(targets.size() * 4, 4);
  for (std::size_t i = targets.size(); i-- > 0;) push_reference(targets[i]);
  push(static_cast<std::uint32_t>(targets.size()));
  return size();
}

FlatBuilder::Offset FlatBuilder::pairs(
    const std::vector<std::pair<std::int64_t, std::int64_t>>& values) {
  pre_align(values.size() * 16, 8);
  for (std::size_t i = values.size(); i-- > 0;) {
    push_bytes(static_cast<std::uint64_t>(values[i].second), 8);
    push_bytes(static_cast<std::uint64_t>(values[i].first), 8);
  }
  push(static_cast<std::uint32_t>(values.size()));
  return size();
}

void FlatBuilder::begin_table(std::size_t slots) {
  fields_.assign(slots, 0);
  table_start_ = size();
}

void FlatBuilder::reference(std::size_t slot, Offset target) {
  push_reference(target);
  fields_[slot] = size();
}

FlatBuilder::Offset FlatBuilder::end_table() {
  push(std::int32_t{0});  // becomes the distance to the vtable
  const Offset table = size();
  for (std::size_t i = fields_.size(); i-- > 0;) {
    push(static_cast<std::uint16_t>(fields_[i] ? table - fields_[i] : 0));
  }
  push(static_cast<std::uint16_t>(table - table_start_));
  push(static_cast<std::uint16_t>(2 * (fields_.size() + 2)));
  const std::uint32_t distance = size() - table;
  for (std::size_t i = 0; i < 4; ++i)
    reversed_[table - 1 - i] = static_cast<std::uint8_t>(distance >> (8 * i));
  return table;
}

std::string FlatBuilder::finish(Offset root) {
  pre_align(4, 8);
  push_reference(root);
  return std::string(reversed_.rbegin(), reversed_.rend());
}

}  // namespace tarn::engine
