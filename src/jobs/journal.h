#pragma once
// The journal of a worker: one JSON object a line, numbered from 1 without gaps, appended and
// synced (docs/jobs.md).
//
// The worker writes it, the server tails it. It is all that passes between them, so each may end
// and begin again: a line that was cut off by a crash was never acknowledged and is dropped.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"

namespace tarn::jobs {

inline constexpr std::size_t kJournalLineBytesMax = 4u << 20;
inline constexpr std::size_t kJournalReadBytesMax = 16u << 20;  // of one read

struct Event {
  std::int64_t sequence = 0;
  Micros time = 0;
  std::string kind;  // "trial_finished"
  std::string body;  // a JSON object
};

class JournalWriter {
 public:
  /// Continues the journal after its last whole event; a torn line at its end is cut off. Throws
  /// Error(kDataLoss) when a line before is damaged.
  explicit JournalWriter(std::filesystem::path file, FileSystem& files = FileSystem::system(),
                         const Clock& clock = Clock::system());

  /// Appends one event and syncs it; `body` is a JSON object. Returns its sequence number. Not
  /// thread-safe.
  std::int64_t append(std::string_view kind, std::string_view body);
  std::int64_t last_sequence() const { return sequence_; }

 private:
  std::filesystem::path file_;
  FileSystem& files_;
  const Clock& clock_;
  std::int64_t sequence_ = 0;
};

struct JournalPart {
  std::vector<Event> events;
  std::int64_t offset = 0;  // where to read on
};

/// The whole events from `offset` on, at most kJournalReadBytesMax of them; none when the file is
/// not there. `after` is the sequence number of the event before. Throws Error(kDataLoss) for a
/// damaged line or a gap in the numbers.
JournalPart read_journal(const std::filesystem::path& file, std::int64_t offset,
                         std::int64_t after);

}  // namespace tarn::jobs
