#include "jobs/worker.h"

#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <new>
#include <optional>

#include "base/process.h"
#include "detail/automl_worker.h"

namespace tarn::jobs {
namespace {

constexpr int kExitUsage = 64, kExitTemporaryFailure = 75;

struct Arguments {
  std::filesystem::path job;
  Micros deadline = 0;
};

std::optional<Arguments> parse(std::span<const std::string> texts) {
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) {
    const std::string& value = texts[i + 1];
    if (texts[i] == "--job") {
      arguments.job = value;
    } else if (texts[i] == "--deadline") {
      const auto [end, error] =
          std::from_chars(value.data(), value.data() + value.size(), arguments.deadline);
      if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
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
  worker.run();
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
    say("usage: tarn worker --job FILE --deadline MICROSECONDS");
    return kExitUsage;
  }
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
    give_up(journal, error);
  } catch (const std::bad_alloc&) {
    give_up(journal, Error(Code::kResourceExhausted, "The worker ran out of memory.",
                           "Train on fewer rows or columns, or with fewer concurrent trials."));
  } catch (const std::exception& error) {
    give_up(journal,
            Error(Code::kInternal, "The worker failed: " + std::string(error.what()) + "."));
  }
  return 1;
}

}  // namespace tarn::jobs
