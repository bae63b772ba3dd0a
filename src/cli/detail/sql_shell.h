#pragma once
// The interactive `tarn sql`: texts from the line editor are run in one session of the server, or
// are commands of the shell (docs/sql-shell.md lists them).

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detail/context.h"
#include "detail/sql_client.h"
#include "detail/sql_completion.h"
#include "detail/sql_history.h"
#include "detail/terminal_signals.h"

namespace tarn::cli {

class SqlShell {
 public:
  SqlShell(Context& context, std::string database);
  ~SqlShell();
  SqlShell(const SqlShell&) = delete;

  /// To .quit or Ctrl-D. Throws where no session can be opened at the start.
  int run();

 private:
  struct Command;  // of the shell; sql_shell_commands.cc
  static const std::vector<Command>& commands();
  void run_command(const std::string& line);
  Suggestions suggest(std::string_view text, std::size_t cursor);
  Suggestions suggest_command(std::string_view text, std::size_t cursor);

  void help(const std::string&);
  void quit(const std::string&);
  void mode(const std::string& argument);
  void timer(const std::string& argument);
  void read(const std::string& argument);
  void output(const std::string& argument);
  void describe(const std::string& argument);
  void list_tables(const std::string& argument);
  void list_databases(const std::string& argument);
  void list_schemas(const std::string& argument);

  /// Runs a script and prints what comes, an error included; true where there was none.
  bool run_script(const std::string& script, const std::string& source);
  void run_batches_of(const std::string& script, const std::string& source);
  /// The rows of a query of the shell's own: objects in the order of the columns.
  Json rows_of(const std::string& query, const CancelToken& cancel);
  /// The whole answer, as POST /sql gives it.
  Json answer_of(const std::string& query, const CancelToken& cancel);
  void print_rows(const std::string& query);
  void open_session();
  void close_session() noexcept;
  void set_output(const std::string& file);

  /// Names as the server gives them, each within kNamesWaitS.
  class ServerNames;

  TerminalSignals signals_;
  Context& context_;
  std::string database_;
  std::string session_;
  std::unique_ptr<ServerNames> server_names_;
  std::unique_ptr<KeptNames> names_;
  bool timer_on_ = false;
  bool leaving_ = false;
  int terminal_output_ = -1;  // standard output's own, while .output has replaced it
};

}  // namespace tarn::cli
