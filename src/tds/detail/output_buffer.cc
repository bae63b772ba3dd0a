#include "detail/output_buffer.h"

#include <algorithm>
#include <cstring>

namespace tarn::tds::detail {

/// What is handed over is gone even where the output throws.
void OutputBuffer::hand_over(std::size_t bytes) {
  complete_ = 0;
  if (bytes > 0) out_.write(std::string_view(storage_.get(), bytes));
}

char* OutputBuffer::make_room(char* at, std::size_t bytes) {
  const std::size_t under_way = storage_ ? token_bytes(at) : 0;
  if (complete_ > 0) {
    const std::size_t handed = complete_;
    hand_over(handed);
    std::memmove(storage_.get(), storage_.get() + handed, under_way);
  }
  const auto capacity = static_cast<std::size_t>(limit_ - storage_.get());
  if (capacity < under_way + bytes) {
    const std::size_t larger = std::max({kOutputPieceBytes, 2 * capacity, under_way + bytes});
    std::unique_ptr<char[]> storage(new char[larger]);  // not zeroed
    if (under_way > 0) std::memcpy(storage.get(), storage_.get(), under_way);
    storage_ = std::move(storage);
    limit_ = storage_.get() + larger;
  }
  return storage_.get() + under_way;
}

void OutputBuffer::append(std::string_view token) {
  char* at = room(begin(), token.size());
  if (!token.empty()) std::memcpy(at, token.data(), token.size());
  end(at + token.size());
}

void OutputBuffer::flush() {
  const std::unique_ptr<char[]> storage = std::move(storage_);
  limit_ = nullptr;
  const std::size_t bytes = std::exchange(complete_, 0);
  if (bytes > 0) out_.write(std::string_view(storage.get(), bytes));
  out_.flush();
}

char* OutputBuffer::send_part(char* at) {
  parted_ = true;
  hand_over(static_cast<std::size_t>(at - storage_.get()));
  return storage_.get();
}

}  // namespace tarn::tds::detail
