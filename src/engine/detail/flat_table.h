#pragma once
// FlatBuffers' wire format, as far as Arrow's metadata needs it
// (https://flatbuffers.dev/internals): tables of scalars, texts, vectors and other tables. Built
// back to front: what is referred to comes first.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::engine {

class FlatBuilder {
 public:
  /// A place in the buffer, counted from its end.
  using Offset = std::uint32_t;

  Offset text(std::string_view value);
  Offset references(const std::vector<Offset>& targets);
  /// A vector of structs of two 64-bit integers.
  Offset pairs(const std::vector<std::pair<std::int64_t, std::int64_t>>& values);

  /// A table: begin, its fields in any order by slot, end.
  void begin_table(std::size_t slots);
  template <typename T>
  void scalar(std::size_t slot, T value) {
    push(value);
    fields_[slot] = size();
  }
  void reference(std::size_t slot, Offset target);
  Offset end_table();

  /// The buffer, its length a multiple of 8.
  std::string finish(Offset root);

 private:
  Offset size() const { return static_cast<Offset>(reversed_.size()); }
  void pre_align(std::size_t length, std::size_t alignment);
  void push_bytes(std::uint64_t value, std::size_t width);
  void push_reference(Offset target);
  template <typename T>
  void push(T value) {
    pre_align(sizeof(T), sizeof(T));
    push_bytes(static_cast<std::uint64_t>(value), sizeof(T));
  }

  std::vector<std::uint8_t> reversed_;  // the last byte of the buffer first
  std::vector<Offset> fields_;
  Offset table_start_ = 0;
};

}  // namespace tarn::engine
