#include "jobs/job.h"

#include <array>

#include "base/ids.h"
#include "base/text.h"
#include "meta/etag.h"

namespace tarn::jobs {
namespace {

constexpr std::array<std::string_view, 9> kStateNames = {
    "NotStarted",      "Queued",    "Starting", "Running", "Finalizing",
    "CancelRequested", "Completed", "Failed",   "Canceled"};

constexpr std::string_view kColumns =
    "job_id, name, display_name, type, state, experiment_id, run_id, spec, result, created_by, "
    "created_at, started_at, "
    "ended_at, cancel_requested_at, folder, worker_pid, worker_start_time, journal_sequence, "
    "journal_offset, error_code, "
    "error_message, error_hint, etag, server_id";

Job job_of(const meta::Row& row) {
  Job job;
  job.id = row.text(0);
  job.name = row.text(1);
  job.display_name = row.text(2);
  job.type = row.text(3);
  job.state = parse_job_state(row.text(4));
  job.experiment_id = row.text_or_empty(5);
  job.run_id = row.text_or_empty(6);
  job.spec = row.text(7);
  job.result = row.text_or_empty(8);
  job.created_by = row.text(9);
  job.created_at = row.int64(10);
  job.started_at = row.optional_int64(11);
  job.ended_at = row.optional_int64(12);
  job.cancel_requested_at = row.optional_int64(13);
  job.folder = row.text(14);
  if (!row.is_null(15)) {
    job.worker =
        ProcessId{static_cast<pid_t>(row.int64(15)), static_cast<std::uint64_t>(row.int64(16))};
  }
  job.journal_sequence = row.int64(17);
  job.journal_offset = row.int64(18);
  if (!row.is_null(19))
    job.error = JobError{row.text(19), row.text_or_empty(20), row.text_or_empty(21)};
  job.etag = meta::etag_text(row.int64(22));
  job.server_id = row.text_or_empty(23);
  return job;
}

std::string select(std::string_view where) {
  return "SELECT " + std::string(kColumns) + " FROM jobs WHERE workspace_id = $1 " +
         std::string(where);
}

std::optional<std::string> or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

std::string_view name_of(JobState state) { return kStateNames[static_cast<std::size_t>(state)]; }

JobState parse_job_state(std::string_view name) {
  for (std::size_t i = 0; i < kStateNames.size(); ++i) {
    if (equal_ignoring_case(kStateNames[i], name)) return static_cast<JobState>(i);
  }
  const std::vector<std::string> known(kStateNames.begin(), kStateNames.end());
  throw Error(Code::kInvalidArgument, "Unknown state of a job: '" + std::string(name) + "'.",
              "The states are: " + join(known, ", ") + ".");
}

std::string new_job_name() {
  static constexpr std::array kQualities = {"amber",  "brisk",  "calm",  "clear", "crisp", "dusky",
                                            "early",  "fair",   "fresh", "keen",  "light", "lucid",
                                            "mild",   "misty",  "noble", "quiet", "rapid", "sharp",
                                            "silver", "steady", "still", "sunny", "swift", "warm"};
  static constexpr std::array kPlaces = {"basin",  "bay",   "beck",  "brook", "cairn", "cliff",
                                         "cove",   "creek", "dale",  "delta", "fell",  "fjord",
                                         "glade",  "glen",  "grove", "heath", "inlet", "lagoon",
                                         "meadow", "moor",  "pass",  "ridge", "shore", "valley"};
  const std::string random = random_hex(7);
  const auto number = [&](std::size_t at) { return std::stoul(random.substr(at, 2), nullptr, 16); };
  return std::string(kQualities[number(10) % kQualities.size()]) + "_" +
         kPlaces[number(12) % kPlaces.size()] + "_" + random.substr(0, 10);
}

JobStore::JobStore(meta::Store& store, std::string workspace_id)
    : store_(store), workspace_id_(std::move(workspace_id)) {}

std::optional<Job> JobStore::find(std::string_view id_or_name) {
  return store_.read([&](meta::Transaction& tx) -> std::optional<Job> {
    const auto row = tx.query_one(select("AND (job_id = $2 OR name = $2 OR run_id = $2)"),
                                  workspace_id_, id_or_name);
    if (!row) return std::nullopt;
    return job_of(*row);
  });
}

Job JobStore::get(std::string_view id_or_name) {
  if (auto job = find(id_or_name)) return *std::move(job);
  std::vector<std::string> names;
  for (const Job& job : list({}, {.size = kJobPageMax, .token = {}}).items)
    names.push_back(job.name);
  throw Error(Code::kNotFound, "There is no job '" + std::string(id_or_name) + "'.",
              did_you_mean(id_or_name, names));
}

meta::PageOf<Job> JobStore::list(const JobFilter& filter, const meta::Page& page) {
  meta::check_page_size(page, kJobPageMax);
  std::vector<std::string> key = {"0", ""};
  if (!page.token.empty()) key = meta::parse_page_token("jobs", page.token, 2);
  // Only the conditions that are asked for, so that each form has its index.
  std::vector<meta::Value> values = {workspace_id_};
  const auto parameter = [&](const meta::Value& value) {
    values.push_back(value);
    return "$" + std::to_string(values.size());
  };
  std::string where;
  if (filter.state) where += "AND state = " + parameter(name_of(*filter.state));
  if (filter.experiment_id) where += " AND experiment_id = " + parameter(*filter.experiment_id);
  if (!page.token.empty()) {
    const std::string time = parameter(std::stoll(key[0]));
    where += " AND (created_at < " + time + " OR (created_at = " + time + " AND job_id < " +
             parameter(key[1]) + "))";
  }
  where += " ORDER BY created_at DESC, job_id DESC LIMIT " + parameter(page.size + 1);
  const meta::Rows rows =
      store_.read([&](meta::Transaction& tx) { return tx.query_values(select(where), values); });
  meta::PageOf<Job> result;
  for (const meta::Row& row : rows) result.items.push_back(job_of(row));
  if (result.items.size() > static_cast<std::size_t>(page.size)) {
    result.items.pop_back();
    const std::array<std::string, 2> last = {std::to_string(result.items.back().created_at),
                                             result.items.back().id};
    result.next_token = meta::page_token("jobs", last);
  }
  return result;
}

std::vector<Job> JobStore::open_jobs() {
  const meta::Rows rows = store_.read([&](meta::Transaction& tx) {
    return tx.query(
        select("AND state IN ('NotStarted', 'Queued', 'Starting', 'Running', 'Finalizing', "
               "'CancelRequested') ORDER BY created_at, job_id"),
        workspace_id_);
  });
  std::vector<Job> jobs;
  for (const meta::Row& row : rows) jobs.push_back(job_of(row));
  return jobs;
}

void JobStore::insert(meta::Transaction& tx, const Job& job) {
  if (tx.query_one("SELECT 1 FROM jobs WHERE workspace_id = $1 AND name = $2", workspace_id_,
                   job.name)) {
    throw Error(Code::kAlreadyExists, "There is a job of this name already: '" + job.name + "'.",
                "Leave the name out to have one made up.");
  }
  tx.execute(
      "INSERT INTO jobs (workspace_id, job_id, name, display_name, type, state, experiment_id, "
      "run_id, spec, created_by, "
      "created_at, folder) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      workspace_id_, job.id, job.name, job.display_name, job.type, name_of(job.state),
      or_null(job.experiment_id), or_null(job.run_id), job.spec, job.created_by, job.created_at,
      job.folder);
}

Job JobStore::load(meta::Transaction& tx, std::string_view id) {
  const auto row = tx.query_one(select("AND job_id = $2"), workspace_id_, id);
  if (!row) throw Error(Code::kNotFound, "There is no job '" + std::string(id) + "'.");
  return job_of(*row);
}

void JobStore::update(meta::Transaction& tx, Job& job) {
  std::optional<std::int64_t> pid, start_time;
  if (job.worker) {
    pid = job.worker->pid;
    start_time = static_cast<std::int64_t>(job.worker->start_time);
  }
  const JobError error = job.error.value_or(JobError{});
  const std::int64_t etag = meta::parse_etag(job.etag);
  tx.change_one("job " + job.name,
                "UPDATE jobs SET state = $1, result = $2, started_at = $3, ended_at = $4, "
                "cancel_requested_at = $5, "
                "worker_pid = $6, worker_start_time = $7, journal_sequence = $8, journal_offset = "
                "$9, error_code = $10, "
                "error_message = $11, error_hint = $12, server_id = $16, etag = etag + 1 "
                "WHERE workspace_id = $13 AND job_id = $14 AND etag = $15",
                name_of(job.state), or_null(job.result), job.started_at, job.ended_at,
                job.cancel_requested_at, pid, start_time, job.journal_sequence, job.journal_offset,
                or_null(error.code), or_null(error.message), or_null(error.hint), workspace_id_,
                job.id, etag, or_null(job.server_id));
  job.etag = meta::etag_text(etag + 1);
}

void JobStore::remove(std::string_view id_or_name) {
  const Job job = get(id_or_name);
  if (!ended(job.state)) {
    throw Error(
        Code::kConflict,
        "The job has not ended: '" + job.name + "' is " + std::string(name_of(job.state)) + ".",
        "Cancel it first.");
  }
  store_.write([&](meta::Transaction& tx) {
    tx.execute("DELETE FROM jobs WHERE workspace_id = $1 AND job_id = $2", workspace_id_, job.id);
  });
}

}  // namespace tarn::jobs
