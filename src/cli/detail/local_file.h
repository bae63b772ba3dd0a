#pragma once
// Files of the user, outside the lake.

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include "base/files.h"
#include "router/message.h"

namespace tarn::cli {

/// A local file, or standard input for "-", as a body. Throws Error(kNotFound).
class LocalFileBody : public router::BodyReader {
 public:
  explicit LocalFileBody(const std::string& path);
  std::size_t read(std::span<char> buffer) override;
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  FileDescriptor file_;
  std::string path_;
  std::optional<std::uint64_t> size_;
};

/// Where a download goes: a file that appears whole when commit() is called, or standard output for
/// "-".
class LocalFileSink {
 public:
  explicit LocalFileSink(const std::string& path);
  void write(std::string_view bytes);
  void commit();

 private:
  std::unique_ptr<PendingFile> file_;  // null: standard output
};

/// The whole of a text file, or of standard input for "-".
std::string read_local_text(const std::string& path);

}  // namespace tarn::cli
