#include "jobs/worker.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <new>
#include <optional>

#include "base/disk_full.h"
#include "base/process.h"
#include "detail/automl_worker.h"
#include "detail/worker_processes.h"
#include "jobs/worker_limits.h"

namespace tarn::jobs {
namespace {

constexpr int kExitUsage = 64, kExitOutOfMemory = 71, kExitTemporaryFailure = 75;

struct Arguments {
  std::filesystem::path job;
  Micros deadline = 0;
  std::uint64_t memory_bytes_max = 0;
};

template <typename Number>
bool read_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<Arguments> parse(std::span<const std::string> texts) {
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) {
    const std::string& value = texts[i + 1];
    if (texts[i] == "--job") {
      arguments.job = value;
    } else if (texts[i] == "--deadline") {
      if (!read_number(value, arguments.deadline)) return std::nullopt;
    } else if (texts[i] == "--memory") {
      if (!read_number(value, arguments.memory_bytes_max)) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  if (texts.size() % 2 != 0 || arguments.job.empty() || arguments.deadline <= 0)
    return std::nullopt;
  return arguments;
}

// What is printed here ends up in the job's log.
void say(const std::string& text) {
  std::fprintf(stderr, "%s %s\n", format_utc(Clock::system().now()).c_str(), text.c_str());
}

void train(const Arguments& arguments, JournalWriter& journal) {
  const std::filesystem::path folder = arguments.job.parent_path();
  detail::JobFile job = detail::read_job_file(arguments.job);
  say("training on " + job.data.source + " to predict " + job.spec.target_column_name);
  detail::AutoMlWorker worker(std::move(job), folder, journal, arguments.deadline);
  worker.limit_memory(arguments.memory_bytes_max);
  worker.run();
}

// Called wherever memory was asked for and there is none, in whatever library: nothing that takes
// memory is done here. The server finds the file.
[[noreturn]] void end_out_of_memory() {
  const int file = ::open(detail::kOutOfMemoryFile, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  constexpr std::string_view kText = "out of memory\n";
  const bool said = ::write(STDERR_FILENO, kText.data(), kText.size()) > 0;
  ::_exit(file >= 0 && said ? kExitOutOfMemory : 1);
}

// What is thrown where a limit is reached, as the user is to read it.
Error as_limit(const Error& error, const Arguments& arguments) {
  const bool memory = error.code() == Code::kResourceExhausted && !is_disk_full(error);
  return memory ? out_of_memory(arguments.memory_bytes_max) : error;
}

// Says why in the log, and in the journal where that can still be written.
void give_up(std::optional<JournalWriter>& journal, const Error& error) {
  say(error.what());
  if (!journal) return;
  try {
    journal->append(detail::events::kFailed, detail::to_json(error));
  } catch (const Error& second) {
    say(second.what());
  }
}

}  // namespace

int worker_main(std::span<const std::string> arguments) {
  const auto parsed = parse(arguments);
  if (!parsed) {
    say("usage: tarn worker --job FILE --deadline MICROSECONDS [--memory BYTES]");
    return kExitUsage;
  }
  if (parsed->memory_bytes_max > 0) std::set_new_handler(end_out_of_memory);
  const std::filesystem::path folder = parsed->job.parent_path();
  const auto lock = FileLock::acquire(folder / detail::kLockFile, FileLock::Mode::kExclusive, 0);
  if (!lock) {
    say("another worker has the job");
    return kExitTemporaryFailure;
  }
  std::optional<JournalWriter> journal;
  try {
    journal.emplace(folder / detail::kJournalFile);
    const auto self = process_id(getpid());
    check(self.has_value(), "a process does not find itself");
    journal->append(detail::events::kWorker, detail::to_json(detail::WorkerEvent{*self}));
    train(*parsed, *journal);
    say("finished");
    return 0;
  } catch (const Error& error) {
    give_up(journal, as_limit(error, *parsed));
  } catch (const std::bad_alloc&) {
    give_up(journal, out_of_memory(parsed->memory_bytes_max));
  } catch (const std::exception& error) {
    give_up(journal,
            Error(Code::kInternal, "The worker failed: " + std::string(error.what()) + "."));
  }
  return 1;
}

}  // namespace tarn::jobs
