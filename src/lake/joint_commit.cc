#include "lake/joint_commit.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/fail_point.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/log.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;
using delta::Action;
using delta::Change;

constexpr int kJournalFormat = 1;
constexpr std::string_view kUndoOperation = "RESTORE";
constexpr auto kLockAgeMin = std::chrono::minutes(10);  // of one without a journal

std::string_view name_of(Change::Kind kind) {
  return kind == Change::Kind::kAppend ? "append" : "rows";
}

Json to_json(const TableCommit& commit, const fs::path& root) {
  Json actions = Json::array();
  for (const Action& action : commit.change.actions) actions.push_back(delta::to_line(action));
  Json json;
  json["folder"] = commit.table->folder().lexically_relative(root).generic_string();
  json["kind"] = name_of(commit.change.kind);
  json["tableId"] = commit.change.table_id;
  json["readVersion"] = commit.change.read_version;
  json["operation"] = commit.change.operation;
  json["user"] = commit.change.user;
  json["actions"] = std::move(actions);
  return json;
}

TableCommit from_json(const Json& json, const fs::path& root, const JointCommits::Open& open,
                      std::string_view source) {
  TableCommit commit;
  commit.table = open(root / json.at("folder").get<std::string>());
  Change& change = commit.change;
  change.kind = json.at("kind") == "append" ? Change::Kind::kAppend : Change::Kind::kRowChange;
  change.table_id = json.at("tableId").get<std::string>();
  change.read_version = json.at("readVersion").get<std::int64_t>();
  change.operation = json.at("operation").get<std::string>();
  change.user = json.at("user").get<std::string>();
  std::string lines;
  for (const Json& line : json.at("actions")) lines += line.get<std::string>() + "\n";
  change.actions = delta::parse_commit(lines, source);
  return commit;
}

/// The change that takes one back: files that it removed return, those that it added go.
Change undo_of(const Change& done, const delta::Snapshot& before, std::int64_t version) {
  Change undo{.kind = Change::Kind::kRowChange,
              .read_version = version,
              .table_id = done.table_id,
              .actions = {},
              .operation = std::string(kUndoOperation),
              .parameters = done.parameters,
              .user = done.user};
  for (const Action& action : done.actions) {
    if (const auto* add = std::get_if<delta::Add>(&action)) {
      undo.actions.emplace_back(delta::Remove{.path = add->path,
                                              .deleted_ms = Clock::system().now() / 1000,
                                              .data_change = true,
                                              .partition_values = add->partition_values,
                                              .size = add->size});
    } else if (const auto* remove = std::get_if<delta::Remove>(&action)) {
      for (const auto& file : before.files) {
        if (file->path == remove->path) undo.actions.emplace_back(*file);
      }
    }
  }
  return undo;
}

/// What the commits of one transaction say of it in their operationParameters.
std::string parameters_of(const std::string& id) {
  Json parameters;
  parameters["transaction"] = id;
  return parameters.dump();
}

/// The version at which the table got a commit of the transaction with that operation, if it did.
std::optional<std::int64_t> version_of(const TableCommit& commit, std::string_view operation) {
  const std::int64_t newest = commit.table->snapshot()->version;
  const auto news = newest - commit.change.read_version;
  if (news <= 0) return std::nullopt;
  for (const delta::HistoryEntry& entry : commit.table->history(static_cast<std::size_t>(news))) {
    if (entry.version > commit.change.read_version && entry.info.operation == operation &&
        entry.info.parameters == commit.change.parameters)
      return entry.version;
  }
  return std::nullopt;
}

/// Takes the commits back that were made: all that can be, also where one cannot.
void undo_all(std::vector<TableCommit>& commits) {
  std::string stuck;
  for (TableCommit& commit : commits) {
    std::optional<std::int64_t> version;
    try {
      version = version_of(commit, commit.change.operation);
      if (!version || version_of(commit, kUndoOperation)) continue;
      const auto before = commit.table->snapshot({.version = commit.change.read_version});
      commit.table->commit(undo_of(commit.change, *before, *version));
    } catch (const Error& error) {
      if (!version && error.code() == Code::kNotFound) continue;  // the table itself is gone
      stuck += (stuck.empty() ? "" : ", ") + commit.table->folder().filename().string();
    }
  }
  if (stuck.empty()) return;
  throw Error(
      Code::kDataLoss,
      "A transaction over several tables could not be taken back where another engine went on "
      "from it, in the tables: " +
          stuck + ".",
      "Look at their history, and restore what is wanted by hand.");
}

bool cannot_go_on(const Error& error) {
  return error.code() == Code::kConflict || error.code() == Code::kNotFound;
}

/// Commits those that are not there yet. When one cannot be, those before it are taken back, and
/// its error is thrown. `published`: a commit got into a log.
void commit_all(std::vector<TableCommit>& commits, bool& published) {
  for (TableCommit& commit : commits) {
    try {
      if (published) fail_point("transaction.between_tables");
      if (!version_of(commit, commit.change.operation)) commit.table->commit(commit.change);
      published = true;
    } catch (const Error& error) {
      if (!cannot_go_on(error)) throw;
      undo_all(commits);
      throw;
    }
  }
}

/// Of a process that died before it had written its journal.
void remove_stale_lock(const fs::path& lock) {
  fs::path journal = lock;
  journal.replace_extension(".json");
  std::error_code error;
  const auto changed = fs::last_write_time(lock, error);
  if (error || fs::exists(journal) || fs::file_time_type::clock::now() - changed < kLockAgeMin)
    return;
  fs::remove(lock, error);
}

}  // namespace

JointCommits::JointCommits(fs::path journals, fs::path root, FileSystem& files)
    : journals_(std::move(journals)), root_(std::move(root)), files_(files) {}

void JointCommits::commit(std::vector<TableCommit> commits, bool& published,
                          const CancelToken& cancel) {
  published = false;
  if (commits.size() > kTablesMax) {
    throw Error(Code::kTooLarge,
                "A transaction has too many tables: " + std::to_string(commits.size()) + ".",
                "At most " + std::to_string(kTablesMax) + " can be changed together.");
  }
  if (commits.empty()) return;
  if (commits.size() == 1) {
    commits.front().table->commit(commits.front().change, cancel);
    published = true;
    return;
  }
  // All take the tables in one order: no two wait for each other.
  std::sort(commits.begin(), commits.end(), [](const TableCommit& a, const TableCommit& b) {
    return a.table->folder() < b.table->folder();
  });
  std::vector<std::unique_lock<std::recursive_mutex>> holds;
  for (const TableCommit& commit : commits) holds.push_back(commit.table->hold_commits());
  for (const TableCommit& commit : commits) commit.table->check_fits(commit.change, cancel);

  const std::string id = new_id();
  Json journal;
  journal["format"] = kJournalFormat;
  journal["id"] = id;
  journal["tables"] = Json::array();
  for (TableCommit& commit : commits) {
    commit.change.parameters = parameters_of(id);
    journal["tables"].push_back(to_json(commit, root_));
  }
  const fs::path file = journals_ / (id + ".json");
  const auto lock = FileLock::acquire(journals_ / (id + ".lock"), FileLock::Mode::kExclusive, 1);
  tarn::check(lock.has_value(), "a new journal is nobody else's");
  struct Remover {
    FileSystem& files;
    fs::path path;
    ~Remover() {
      try {
        files.remove(path);
      } catch (const Error&) {  // left for recover()
      }
    }
  } lock_remover{files_, journals_ / (id + ".lock")};
  fail_point("transaction.before_journal");
  const auto pending = files_.create(file);
  pending->write(journal.dump());
  pending->publish();
  fail_point("transaction.after_journal");
  try {
    commit_all(commits, published);
  } catch (const Error& error) {
    if (!cannot_go_on(error) && error.code() != Code::kDataLoss) {
      published = true;
      throw Error(Code::kUnavailable,
                  "The transaction is decided, and not yet in all tables: " + error.message(),
                  "It is completed when Tarn starts again.");
    }
    files_.remove(file);
    throw;
  }
  fail_point("transaction.before_end");
  files_.remove(file);
}

std::size_t JointCommits::recover(const Open& open, const CancelToken& cancel) {
  std::error_code error;
  std::vector<fs::path> found;
  std::vector<fs::path> locks;
  for (fs::directory_iterator entry(journals_, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == ".json") found.push_back(entry->path());
    if (entry->path().extension() == ".lock") locks.push_back(entry->path());
  }
  for (const fs::path& lock : locks) remove_stale_lock(lock);
  std::sort(found.begin(), found.end());
  std::size_t recovered = 0;
  for (const fs::path& file : found) {
    cancel.check();
    fs::path lock_file = file;
    lock_file.replace_extension(".lock");
    const auto lock = FileLock::acquire(lock_file, FileLock::Mode::kExclusive, 0);
    if (!lock || !fs::exists(file)) continue;  // its process still runs, or another recovered it
    const std::string source = file.filename().string();
    const Json journal = parse_json(read_file(file), source);
    if (journal.value("format", 0) != kJournalFormat) {
      throw Error(
          Code::kUnsupported,
          "The journal of a transaction was written by a newer Tarn: " + file.string() + ".",
          "Start that one once, so that it completes the transaction.");
    }
    const std::string id = journal.at("id").get<std::string>();
    std::vector<TableCommit> commits;
    for (const Json& table : journal.at("tables")) {
      commits.push_back(from_json(table, root_, open, source));
      commits.back().change.parameters = parameters_of(id);
    }
    try {
      bool published = false;
      commit_all(commits, published);
      log::info("lake.transaction.recovered", {{"id", id}, {"tables", commits.size()}});
    } catch (const Error& conflict) {
      if (!cannot_go_on(conflict) && conflict.code() != Code::kDataLoss) throw;
      log::warn("lake.transaction.undone", {{"id", id}, {"error", conflict.message()}});
    }
    files_.remove(file);
    files_.remove(lock_file);
    ++recovered;
  }
  return recovered;
}

}  // namespace tarn::lake
