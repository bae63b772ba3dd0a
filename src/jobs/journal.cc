#include "jobs/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/fail_point.h"
#include "base/json.h"

namespace tarn::jobs {
namespace {

[[noreturn]] void damaged(const std::filesystem::path& file, std::int64_t sequence,
                          std::string_view why) {
  throw Error(Code::kDataLoss, "The journal of the job is damaged after event " +
                                   std::to_string(sequence) + " (" + std::string(why) +
                                   "): " + file.string() + ".");
}

Event parse_line(std::string_view line, const std::filesystem::path& file, std::int64_t after) {
  Json json = Json::parse(line, nullptr, false);
  if (!json.is_object() || !json.contains("sequence") || !json["sequence"].is_number_integer() ||
      !json.contains("time") || !json["time"].is_number_integer() || !json.contains("event") ||
      !json["event"].is_string()) {
    damaged(file, after, "not an event");
  }
  Event event;
  event.sequence = json["sequence"].get<std::int64_t>();
  event.time = json["time"].get<Micros>();
  event.kind = json["event"].get<std::string>();
  if (event.sequence != after + 1) damaged(file, after, "a gap in the numbers");
  for (const char* key : {"sequence", "time", "event"}) json.erase(key);
  event.body = json.dump();
  return event;
}

// At most kJournalReadBytesMax bytes from `offset` on; empty when there is no file.
std::string read_part(const std::filesystem::path& file, std::int64_t offset) {
  const FileDescriptor descriptor(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) {
    if (errno == ENOENT) return {};
    throw Error(Code::kUnavailable,
                "The journal cannot be read: " + std::string(std::strerror(errno)) + ".");
  }
  std::string bytes(kJournalReadBytesMax, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = pread(descriptor.get(), bytes.data() + size, bytes.size() - size,
                                offset + static_cast<std::int64_t>(size));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

JournalPart read_journal(const std::filesystem::path& file, std::int64_t offset,
                         std::int64_t after) {
  const std::string bytes = read_part(file, offset);
  JournalPart part;
  std::size_t begin = 0;
  for (std::size_t end = bytes.find('\n'); end != std::string::npos;
       end = bytes.find('\n', begin)) {
    part.events.push_back(
        parse_line(std::string_view(bytes).substr(begin, end - begin), file, after));
    after = part.events.back().sequence;
    begin = end + 1;
  }
  if (begin == 0 && bytes.size() > kJournalLineBytesMax) damaged(file, after, "a line without end");
  part.offset = offset + static_cast<std::int64_t>(begin);
  return part;
}

JournalWriter::JournalWriter(std::filesystem::path file, FileSystem& files, const Clock& clock)
    : file_(std::move(file)), files_(files), clock_(clock) {
  std::int64_t offset = 0;
  while (true) {
    const JournalPart part = read_journal(file_, offset, sequence_);
    if (part.events.empty()) break;
    sequence_ = part.events.back().sequence;
    offset = part.offset;
  }
  std::error_code none;
  const auto size = std::filesystem::file_size(file_, none);
  if (!none && static_cast<std::int64_t>(size) > offset) {
    std::filesystem::resize_file(file_, static_cast<std::uintmax_t>(offset));
  }
}

std::int64_t JournalWriter::append(std::string_view kind, std::string_view body) {
  Json line{{"sequence", sequence_ + 1}, {"time", clock_.now()}, {"event", kind}};
  line.update(parse_json(body));
  std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace);
  text += '\n';
  if (text.size() > kJournalLineBytesMax) {
    throw Error(Code::kTooLarge, "An event of the journal is larger than " +
                                     std::to_string(kJournalLineBytesMax) +
                                     " bytes: " + std::string(kind) + ".");
  }
  fail_point("jobs.journal.before_append");
  files_.append(file_, text);
  fail_point("jobs.journal.after_append");
  return ++sequence_;
}

}  // namespace tarn::jobs
