#pragma once
// Bytes on their way to a ByteOutput, in pieces of about kOutputPieceBytes that end with whole
// tokens.

#include <cstddef>
#include <memory>
#include <string_view>

#include "tds/response.h"

namespace tarn::tds::detail {

inline constexpr std::size_t kOutputPieceBytes = 32 << 10;

/// A token is written through a raw pointer: `char* at = begin(); at = room(at, n); …; end(at)`.
class OutputBuffer {
 public:
  explicit OutputBuffer(ByteOutput& out) : out_(out) {}
  OutputBuffer(const OutputBuffer&) = delete;

  /// Where the next token goes.
  char* begin() { return storage_.get() + complete_; }
  /// Makes sure that so many bytes can be written at `at`; returns where it lies now. Tokens before
  /// the one under way may go to the output.
  char* room(char* at, std::size_t bytes) {
    return static_cast<std::size_t>(limit_ - at) >= bytes ? at : make_room(at, bytes);
  }
  /// The token is complete.
  void end(char* at) {
    complete_ = static_cast<std::size_t>(at - storage_.get());
    parted_ = false;
  }

  void append(std::string_view token);
  /// Hands over everything that is complete, and the memory.
  void flush();

  /// Bytes of the token under way.
  std::size_t token_bytes(const char* at) const {
    return static_cast<std::size_t>(at - storage_.get()) - complete_;
  }
  /// Hands over the beginning of a token that is too large to be held; the rest follows. Returns
  /// where to go on.
  char* send_part(char* at);
  /// A part of the token under way has gone.
  bool parted() const { return parted_; }
  /// Forgets what was not handed over.
  void discard() { complete_ = 0; }

 private:
  char* make_room(char* at, std::size_t bytes);
  void hand_over(std::size_t bytes);

  ByteOutput& out_;
  std::unique_ptr<char[]> storage_;
  char* limit_ = nullptr;
  std::size_t complete_ = 0;
  bool parted_ = false;
};

}  // namespace tarn::tds::detail
