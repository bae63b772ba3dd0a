#include "detail/sql_history.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFileBytesMax = 256ull << 20;

std::string encoded(std::string_view entry) {
  std::string line;
  for (const char c : entry) {
    if (c == '\\') {
      line += "\\\\";
    } else if (c == '\n') {
      line += "\\n";
    } else {
      line += c;
    }
  }
  return line + '\n';
}

std::string decoded(std::string_view line) {
  std::string entry;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) {
      entry += line[++i] == 'n' ? '\n' : line[i];
    } else {
      entry += line[i];
    }
  }
  return entry;
}

bool write_all(int fd, std::string_view text) {
  return ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

}  // namespace

fs::path SqlHistory::default_file() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state == '/')
    return fs::path(state) / "tarn" / "sql_history";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".local" / "state" / "tarn" / "sql_history";
  return {};
}

std::vector<std::string> SqlHistory::load() {
  std::vector<std::string> entries;
  if (file_.empty()) return entries;
  try {
    for (const auto& line : split(read_file(file_, kFileBytesMax), '\n')) {
      if (!line.empty() && valid_utf8(line)) entries.push_back(decoded(line));
    }
  } catch (const Error&) {
    return {};
  }
  const bool grown = entries.size() > 2 * kEntriesMax;
  if (entries.size() > kEntriesMax)
    entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(kEntriesMax));
  if (grown) {
    const fs::path fresh = file_.string() + ".new";
    const FileDescriptor out(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    std::string text;
    for (const auto& entry : entries) text += encoded(entry);
    std::error_code ignored;
    if (out && write_all(out.get(), text)) fs::rename(fresh, file_, ignored);
  }
  return entries;
}

bool SqlHistory::append(const std::string& entry) {
  if (file_.empty() || entry.size() > kEntryBytesMax || is_secret(entry)) return true;
  std::error_code error;
  fs::create_directories(file_.parent_path(), error);
  const FileDescriptor out(
      ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  return out && ::fchmod(out.get(), 0600) == 0 && write_all(out.get(), encoded(entry));
}

bool SqlHistory::is_secret(std::string_view text) {
  const std::string lower = to_lower(text);
  for (const char* word :
       {"credential", "password", "pwd", "secret", "accountkey", "account_key", "sharedaccess",
        "shared access", "apikey", "api_key", "access_key", "token", "bearer ", "sig="}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace tarn::cli
