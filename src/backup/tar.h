#pragma once
// The tar archives of backups: POSIX.1-2001 (pax), written and read as a stream. `tar` reads them,
// and they may come from it.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tarn::backup {

inline constexpr std::size_t kTarPathBytesMax = 4096;
inline constexpr std::size_t kPieceBytes = 1 << 20;  // files are read and written in pieces of it

struct TarEntry {
  std::string path;  // relative, with '/'; UTF-8
  bool folder = false;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // since 1970
  std::uint32_t mode = 0644;
};

class TarWriter {
 public:
  using Sink = std::function<void(std::string_view bytes)>;

  explicit TarWriter(Sink sink) : sink_(std::move(sink)) {}

  /// Begins an entry; its `size` bytes follow by write().
  void begin(const TarEntry& entry);
  void write(std::string_view bytes);
  /// The archive's end. Every entry must have had its bytes.
  void finish();

 private:
  void header(const std::string& name, const TarEntry& entry, char type, std::uint64_t size);
  void pad();

  Sink sink_;
  std::uint64_t left_ = 0;  // of the entry
  std::uint64_t written_ = 0;
};

/// Takes an archive in pieces of any size.
class TarReader {
 public:
  struct Visitor {
    std::function<void(const TarEntry& entry)> begin;
    std::function<void(std::string_view bytes)> data;
    std::function<void()> end;  // of the entry
  };

  explicit TarReader(Visitor visitor) : visitor_(std::move(visitor)) {}

  /// Throws Error: kDataLoss for what is no archive or a damaged one, kUnsupported for links and
  /// devices, kInvalidArgument for a path that leads out of the archive.
  void feed(std::string_view bytes);
  /// Whether the archive's end was seen.
  bool complete() const { return complete_; }

 private:
  void take_block();
  void take_header();
  void take_pax(std::string_view records);

  Visitor visitor_;
  std::string block_;
  std::map<std::string, std::string> pax_;  // of the next entry
  std::string pax_text_;
  std::uint64_t left_ = 0;  // bytes of the current entry that have not come
  bool in_pax_ = false;
  bool skip_ = false;
  bool zero_block_ = false;
  bool complete_ = false;
};

}  // namespace tarn::backup
