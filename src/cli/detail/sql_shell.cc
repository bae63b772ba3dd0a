#include "detail/sql_shell.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "app/instance.h"
#include "base/error.h"
#include "base/text.h"
#include "detail/command_line.h"
#include "detail/error_report.h"
#include "detail/line_editor.h"
#include "detail/sql_scan.h"

namespace tarn::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Nobody waits longer for a list of names.
class Deadline {
 public:
  explicit Deadline(double wait_s)
      : thread_([this, wait_s] {
          std::unique_lock lock(mutex_);
          if (!changed_.wait_for(lock, std::chrono::duration<double>(wait_s),
                                 [&] { return over_; }))
            source_.cancel("the names took too long");
        }) {}
  ~Deadline() {
    {
      std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  Deadline(const Deadline&) = delete;
  CancelToken token() const { return source_.token(); }

 private:
  CancelSource source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

// The terminal's change of size is the line editor's: other threads do not take it.
void block_resize(bool block) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGWINCH);
  pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, nullptr);
}

}  // namespace

class SqlShell::ServerNames : public SqlNames {
 public:
  static constexpr double kNamesWaitS = 2;
  static constexpr const char* kNamesMax = "5000";  // of a kind and database

  explicit ServerNames(SqlShell& shell) : shell_(shell) {}

  std::vector<std::string> databases() override {
    return texts("SELECT name FROM sys.databases ORDER BY name");
  }
  std::vector<std::string> schemas(const std::string& database) override {
    return texts("SELECT SCHEMA_NAME FROM " + quoted_name(database) +
                 ".INFORMATION_SCHEMA.SCHEMATA ORDER BY SCHEMA_NAME");
  }
  std::vector<SqlObject> objects(const std::string& database) override {
    const std::string from = quoted_name(database) + ".INFORMATION_SCHEMA.";
    std::vector<SqlObject> list;
    for (const Json& row : rows("SELECT TOP (" + std::string(kNamesMax) +
                                ") TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE FROM " + from + "TABLES")) {
      const bool view = row.value("TABLE_TYPE", "") == "VIEW";
      list.push_back({row.value("TABLE_SCHEMA", ""), row.value("TABLE_NAME", ""),
                      view ? SqlObject::Kind::kView : SqlObject::Kind::kTable});
    }
    for (const Json& row :
         rows("SELECT TOP (" + std::string(kNamesMax) +
              ") ROUTINE_SCHEMA, ROUTINE_NAME, ROUTINE_TYPE FROM " + from + "ROUTINES")) {
      const bool function = row.value("ROUTINE_TYPE", "") == "FUNCTION";
      list.push_back({row.value("ROUTINE_SCHEMA", ""), row.value("ROUTINE_NAME", ""),
                      function ? SqlObject::Kind::kFunction : SqlObject::Kind::kProcedure});
    }
    return list;
  }
  std::vector<std::string> columns(const std::string&, const std::string& object) override {
    std::vector<std::string> names;
    try {
      const Deadline deadline(kNamesWaitS);
      const Json answer = shell_.answer_of("SELECT TOP (0) * FROM " + object, deadline.token());
      for (const auto& column : answer.at("results").at(0).at("columns"))
        names.push_back(column.value("name", ""));
    } catch (const std::exception&) {
      return {};  // no such table, or no permission: there is nothing to propose
    }
    return names;
  }

 private:
  Json rows(const std::string& query) {
    try {
      const Deadline deadline(kNamesWaitS);
      return shell_.rows_of(query, deadline.token());
    } catch (const std::exception&) {
      return Json::array();
    }
  }
  std::vector<std::string> texts(const std::string& query) {
    std::vector<std::string> list;
    for (const Json& row : rows(query)) list.push_back(row.begin()->get<std::string>());
    return list;
  }

  SqlShell& shell_;
};

SqlShell::SqlShell(Context& context, std::string database)
    : context_(context),
      database_(std::move(database)),
      server_names_(std::make_unique<ServerNames>(*this)),
      names_(std::make_unique<KeptNames>(*server_names_)) {}

SqlShell::~SqlShell() {
  close_session();
  set_output("");
}

int SqlShell::run() {
  LineEditor editor({.is_complete = is_complete_batch,
                     .suggest = [this](std::string_view text, std::size_t cursor) {
                       return suggest(text, cursor);
                     }});
  open_session();
  SqlHistory history(SqlHistory::default_file());
  for (const auto& entry : history.load()) editor.remember(entry);
  std::fprintf(stderr, "Tarn %s. A ; at a line's end or GO runs; .help lists what else there is.\n",
               app::version().c_str());
  std::string text;
  while (!leaving_) {
    block_resize(false);
    const auto outcome = editor.read(database_ + "> ", text);
    block_resize(true);
    if (outcome == LineEditor::Outcome::kEnd) break;
    if (outcome == LineEditor::Outcome::kDropped || trim(text).empty()) continue;
    editor.remember(text);
    history.append(text);
    if (is_shell_command(text)) {
      run_command(std::string(trim(text)));
    } else {
      run_script(text, "query");
    }
    std::fflush(stdout);
  }
  return kOk;
}

bool SqlShell::run_script(const std::string& script, const std::string& source) {
  const auto start = SteadyClock::now();
  bool well = true;
  try {
    run_batches_of(script, source);
  } catch (const Error& error) {
    print_error(error);
    well = false;
  }
  names_->forget();
  std::fflush(stdout);
  if (timer_on_) {
    std::fprintf(stderr, "Time: %.3f s\n",
                 std::chrono::duration<double>(SteadyClock::now() - start).count());
  }
  return well;
}

void SqlShell::run_batches_of(const std::string& script, const std::string& source) {
  const auto batches = batches_of(script);
  if (batches.empty()) return;
  const SqlHooks hooks{.on_database = [this](const std::string& name) { database_ = name; }};
  TerminalSignals::Cancellable cancellable(signals_);
  context_.cancel = cancellable.token();
  Gateway& gateway = context_.gateway(Access::kWrite);
  try {
    run_batches(context_, gateway, batches, database_, source, hooks, session_);
  } catch (const Error& error) {
    if (error.code() != Code::kNotFound || error.sql()) throw;
    // The session is gone. Nothing has run yet: once more in a new one.
    open_session();
    std::fprintf(stderr,
                 "The session had ended; this is a new one, without its temporary tables and "
                 "settings.\n");
    run_batches(context_, gateway, batches, database_, source, hooks, session_);
  }
}

Json SqlShell::answer_of(const std::string& query, const CancelToken& cancel) {
  router::StringBody body(
      Json{{"query", query}, {"database", database_}, {"session", session_}}.dump());
  return context_.gateway(Access::kWrite)
      .json({.method = "POST",
             .target = "/sql",
             .headers = {{"Content-Type", "application/json"}},
             .body = &body,
             .cancel = &cancel});
}

Json SqlShell::rows_of(const std::string& query, const CancelToken& cancel) {
  const Json answer = answer_of(query, cancel);
  if (const auto error = answer.find("error"); error != answer.end())
    throw Error(Code::kInternal, error->value("detail", ""));
  const Json& result = answer.at("results").at(0);
  Json rows = Json::array();
  for (const auto& row : result.at("rows")) {
    Json object;
    for (std::size_t i = 0; i < row.size(); ++i)
      object[result.at("columns")[i].value("name", "")] = row[i];
    rows.push_back(std::move(object));
  }
  return rows;
}

void SqlShell::open_session() {
  const CancelToken never;
  router::StringBody body(Json{{"database", database_}}.dump());
  const Json opened = context_.gateway(Access::kWrite)
                          .json({.method = "POST",
                                 .target = "/sql/sessions",
                                 .headers = {{"Content-Type", "application/json"}},
                                 .body = &body,
                                 .cancel = &never});
  session_ = opened.value("session", "");
  database_ = opened.value("database", database_);
}

void SqlShell::close_session() noexcept {
  if (session_.empty()) return;
  try {
    const Deadline deadline(ServerNames::kNamesWaitS);
    const CancelToken token = deadline.token();
    context_.gateway(Access::kWrite)
        .text({.method = "DELETE", .target = target("/sql/sessions/", session_), .cancel = &token});
  } catch (const std::exception&) {
    session_.clear();  // the server is gone, and the session with it
  }
}

Suggestions SqlShell::suggest(std::string_view text, std::size_t cursor) {
  if (is_shell_command(text.substr(0, cursor)) || text.starts_with('.'))
    return suggest_command(text, cursor);
  return suggest_sql(text, cursor, database_, *names_);
}

int sql_shell(Context& context, const std::string& database) {
  return SqlShell(context, database).run();
}

}  // namespace tarn::cli
