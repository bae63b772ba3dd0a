#include "log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <mutex>
#include <vector>

#include "clock.h"
#include "text.h"

namespace tarn::log {
namespace {

constexpr std::size_t kFileBytesMax = 20 << 20;
constexpr std::size_t kFilesMax = 5;

constexpr std::chrono::seconds kRetry{1};  // between two tries to write after one that failed

// The file of the log. One that cannot be written (a full disk, as a rule) fails no request: its
// lines are counted, and their number is the first thing written once there is room again.
class LogFile {
 public:
  bool is_open() const { return !path_.empty(); }

  void open(const std::filesystem::path& path) {
    path_ = path.string();
    sink_.reset();
    begin();
  }

  void write(const std::string& line, bool at_once) {
    if (!sink_ && std::chrono::steady_clock::now() < retry_at_) {
      ++lost_;
      return;
    }
    attempt([&] {
      if (!sink_) begin();
      if (lost_ > 0) {
        const Json note{{"time", format_utc(Clock::system().now())},
                        {"level", "warning"},
                        {"event", "log.lines_lost"},
                        {"lines", lost_}};
        log_raw(note.dump());
        sink_->flush();
        lost_ = 0;
      }
      log_raw(line);
      if (at_once) sink_->flush();
    });
  }

  void flush() {
    if (sink_) attempt([&] { sink_->flush(); });
  }

 private:
  template <typename Action>
  void attempt(const Action& action) {
    try {
      action();
    } catch (const std::exception& error) {
      if (lost_++ == 0) std::fprintf(stderr, "The log cannot be written: %s\n", error.what());
      sink_.reset();
      retry_at_ = std::chrono::steady_clock::now() + kRetry;
    }
  }

  void begin() {
    end_torn_line();
    sink_ = std::make_unique<spdlog::sinks::rotating_file_sink_st>(path_, kFileBytesMax, kFilesMax);
    sink_->set_pattern("%v");
  }

  // A write that failed may have left a part of its line.
  void end_torn_line() const {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary | std::ios::ate);
    if (!file || file.tellg() == 0) return;
    file.seekg(-1, std::ios::end);
    if (file.get() == '\n') return;
    file.seekp(0, std::ios::end);
    file.put('\n');
  }

  void log_raw(const std::string& line) {
    sink_->log(spdlog::details::log_msg("", spdlog::level::info, line));
  }

  std::string path_;
  std::unique_ptr<spdlog::sinks::rotating_file_sink_st> sink_;
  std::size_t lost_ = 0;
  std::chrono::steady_clock::time_point retry_at_{};
};

struct Sinks {
  std::mutex mutex;
  Level level = Level::kWarn;
  bool echo = true;
  LogFile file;
};

Sinks& sinks() {
  static Sinks instance;
  return instance;
}

thread_local std::vector<std::pair<std::string, std::string>> scope_fields;

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarn:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

// Blanks every text inside a value; numbers and structure stay.
Json redacted(const Json& value) {
  if (value.is_string()) return redact(value.get_ref<const std::string&>());
  if (!value.is_structured()) return value;
  Json copy = value;
  for (auto& item : copy) item = redacted(item);
  return copy;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// Where the secret that starts at `start` ends: at the closing quote, else at a separator.
std::size_t secret_end(std::string_view text, std::size_t start) {
  if (start < text.size() && (text[start] == '\'' || text[start] == '"')) {
    const auto close = text.find(text[start], start + 1);
    return close == std::string_view::npos ? text.size() : close + 1;
  }
  const auto end = text.find_first_of(" \t\r\n&;,'\")}", start);
  return end == std::string_view::npos ? text.size() : end;
}

// The start of the secret that follows the keyword ending at `end`, or npos when none does.
std::size_t secret_start(std::string_view text, std::size_t end) {
  std::size_t at = end;
  const auto skip = [&](std::string_view set) {
    while (at < text.size() && set.find(text[at]) != std::string_view::npos) ++at;
  };
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
  skip(" \t");
  if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return std::string_view::npos;
  ++at;
  skip(" \t");
  if (at + 1 < text.size() && (text[at] == 'N' || text[at] == 'n') && text[at + 1] == '\'') ++at;
  return at;
}

constexpr std::string_view kMark = "***";

// keyword = value, keyword: value, keyword=value&...
std::string redact_values(std::string_view text) {
  static constexpr std::string_view kKeywords[] = {
      "password",     "passwd",        "pwd",         "secret",
      "token",        "accountkey",    "account_key", "sharedaccesskey",
      "sig",          "api_key",       "apikey",      "client_secret",
      "access_token", "refresh_token", "access_key",  "authorization",
      "credential",   "x-api-key"};
  const std::string lower = to_lower(text);
  std::string result;
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t matched = 0;
    if (i == 0 || !is_word(lower[i - 1])) {
      for (const auto keyword : kKeywords) {
        const bool here = lower.compare(i, keyword.size(), keyword) == 0;
        const std::size_t end = i + keyword.size();
        if (here && (end >= lower.size() || !is_word(lower[end])))
          matched = std::max(matched, keyword.size());
      }
    }
    if (matched == 0) {
      ++i;
      continue;
    }
    const std::size_t start = secret_start(text, i + matched);
    if (start == std::string_view::npos || start >= text.size() || text[start] == '(') {
      i += matched;
      continue;
    }
    std::size_t end = secret_end(text, start);
    // "Authorization: Bearer abc": the scheme's word is followed by the secret.
    const std::string value = lower.substr(start, end - start);
    if (value == "bearer" || value == "basic")
      end = secret_end(text, std::min(end + 1, text.size()));
    result += text.substr(done, start - done);
    result += kMark;
    done = i = std::max(end, start + 1);
    done = std::min(done, text.size());
  }
  result += text.substr(done);
  return result;
}

// "Bearer abc" anywhere, and user:password@ in URLs.
std::string redact_bearers_and_urls(std::string text) {
  for (const std::string_view scheme : {"bearer ", "basic "}) {
    for (std::size_t from = 0;;) {
      const auto at = to_lower(text).find(scheme, from);
      if (at == std::string::npos) break;
      const std::size_t start = at + scheme.size();
      const std::size_t end = secret_end(text, start);
      // A word of prose is not a token.
      if (end - start >= 8) text.replace(start, end - start, kMark);
      from = start;
    }
  }
  for (std::size_t from = 0;;) {
    const auto scheme = text.find("://", from);
    if (scheme == std::string::npos) break;
    const auto end = text.find_first_of("/ \t\r\n'\"", scheme + 3);
    const auto at = text.substr(0, end).rfind('@');
    const auto colon = text.find(':', scheme + 3);
    if (at != std::string::npos && colon != std::string::npos && colon < at && at > scheme) {
      text.replace(colon + 1, at - colon - 1, kMark);
    }
    from = scheme + 3;
  }
  return text;
}

}  // namespace

void open(const std::filesystem::path& file, Level level, bool echo) {
  auto& out = sinks();
  std::lock_guard lock(out.mutex);
  out.level = level;
  out.echo = echo;
  out.file.open(file);
}

void flush() {
  auto& out = sinks();
  std::lock_guard lock(out.mutex);
  out.file.flush();
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
  auto& out = sinks();
  std::lock_guard lock(out.mutex);
  if (level < out.level) return;
  Json line;
  line["time"] = format_utc(Clock::system().now());
  line["level"] = name_of(level);
  line["event"] = event;
  for (const auto& [key, value] : scope_fields) line[key] = value;
  for (const auto& [key, value] : fields) line[std::string(key)] = redacted(value);
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (out.file.is_open()) out.file.write(text, level >= Level::kWarn);
  if (out.echo && level >= Level::kWarn) std::fprintf(stderr, "%s\n", text.c_str());
}

Scope::Scope(std::string_view key, std::string value) {
  scope_fields.emplace_back(std::string(key), std::move(value));
}
Scope::~Scope() { scope_fields.pop_back(); }

std::string redact(std::string_view text) { return redact_bearers_and_urls(redact_values(text)); }

}  // namespace tarn::log
