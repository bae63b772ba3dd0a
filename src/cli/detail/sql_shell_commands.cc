// The commands of the shell.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "detail/error_report.h"
#include "detail/local_file.h"
#include "detail/sql_scan.h"
#include "detail/sql_shell.h"

namespace tarn::cli {
namespace {

struct Mode {
  const char* name;
  Format format;
};
constexpr Mode kModes[] = {{"table", Format::kTable},
                           {"json", Format::kJson},
                           {"tsv", Format::kTsv},
                           {"csv", Format::kCsv},
                           {"line", Format::kLine}};

std::string literal(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + '\'';
}

// The parts of a.b.c, without delimiters.
std::vector<std::string> parts_of(const std::string& name) {
  std::vector<std::string> parts;
  const SqlScan scan = scan_sql(name);
  for (std::size_t i = 0; i < scan.tokens.size(); ++i) {
    const auto& token = scan.tokens[i];
    const bool dot = token.kind == SqlToken::Kind::kPunctuation && token.text == ".";
    if (dot != (i % 2 == 1) || (!dot && token.kind == SqlToken::Kind::kString)) return {};
    if (!dot) parts.push_back(token.text);
  }
  if (scan.open || scan.tokens.size() % 2 == 0 || parts.size() > 3) return {};
  return parts;
}

// "varchar(10)", "decimal(5,2)".
std::string type_of(const Json& column) {
  std::string type = column.value("DATA_TYPE", "");
  const Json& length = column["CHARACTER_MAXIMUM_LENGTH"];
  if (length.is_number()) return type + '(' + (length.get<int>() < 0 ? "max" : length.dump()) + ')';
  if (type == "decimal" || type == "numeric")
    type += '(' + column["NUMERIC_PRECISION"].dump() + ',' + column["NUMERIC_SCALE"].dump() + ')';
  return type;
}

// Files and folders whose path begins so.
std::vector<std::string> files_like(const std::string& beginning) {
  constexpr std::size_t kFilesMax = 1'000;
  namespace fs = std::filesystem;
  const auto slash = beginning.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : beginning.substr(0, slash + 1);
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator it(folder.empty() ? "." : folder, error), end;
       !error && it != end && found.size() < kFilesMax; it.increment(error)) {
    std::string path = folder + it->path().filename().string();
    if (it->is_directory(error)) path += '/';
    if (path.starts_with(beginning)) found.push_back(std::move(path));
  }
  return found;
}

}  // namespace

struct SqlShell::Command {
  const char* name;
  const char* argument;
  const char* doc;
  void (SqlShell::*run)(const std::string& argument);
  bool listed = true;  // by .help; another name of a command is not
};

const std::vector<SqlShell::Command>& SqlShell::commands() {
  static const std::vector<Command> all{
      {"\\d", "[TABLE]", "Tables, views and routines; a table's columns", &SqlShell::describe},
      {"\\dt", "", "Tables", &SqlShell::list_tables},
      {"\\dn", "", "Schemas", &SqlShell::list_schemas},
      {"\\l", "", "Databases", &SqlShell::list_databases},
      {".mode", "[table|json|tsv|csv|line]", "How results are printed", &SqlShell::mode},
      {".timer", "[on|off]", "Whether the time of each batch is shown; also \\timing",
       &SqlShell::timer},
      {".read", "FILE", "Runs a script", &SqlShell::read},
      {".output", "[FILE]", "Results go to a file; without one to the terminal again",
       &SqlShell::output},
      {".help", "", "This list; also \\?", &SqlShell::help},
      {".quit", "", "Leaves; also exit, quit, \\q and Ctrl-D", &SqlShell::quit},
      {"\\timing", "", "", &SqlShell::timer, false},
      {"\\?", "", "", &SqlShell::help, false},
      {"\\i", "", "", &SqlShell::read, false},
      {"\\o", "", "", &SqlShell::output, false},
      {"\\q", "", "", &SqlShell::quit, false},
      {".exit", "", "", &SqlShell::quit, false},
      {"exit", "", "", &SqlShell::quit, false},
      {"quit", "", "", &SqlShell::quit, false},
  };
  return all;
}

void SqlShell::run_command(const std::string& line) {
  const auto blank = line.find_first_of(" \t");
  std::string name = line.substr(0, blank);
  std::string argument(blank == std::string::npos ? "" : trim(line.substr(blank)));
  while (name.ends_with(';')) name.pop_back();
  while (argument.ends_with(';')) argument.pop_back();
  try {
    std::vector<std::string> names;
    for (const Command& command : commands()) {
      if (equal_ignoring_case(command.name, name)) {
        (this->*command.run)(argument);
        return;
      }
      names.emplace_back(command.name);
    }
    const std::string meant = did_you_mean(name, names);
    throw Error(Code::kInvalidArgument, "Unknown command '" + name + "'.",
                meant + (meant.empty() ? "" : " ") + ".help lists them.");
  } catch (const Error& error) {
    print_error(error);
  }
}

void SqlShell::help(const std::string&) {
  for (const Command& command : commands()) {
    if (!command.listed) continue;
    const std::string head = std::string(command.name) + ' ' + command.argument;
    std::printf("%-34s %s\n", head.c_str(), command.doc);
  }
  std::printf(
      "\nA batch of T-SQL runs at a ; at a line's end, or at a line GO. DECLARE and CREATE\n"
      "PROCEDURE, FUNCTION and TRIGGER run at GO alone. Alt-Enter begins a new line, Tab "
      "completes,\n"
      "Ctrl-R searches the history, Ctrl-C cancels what runs or drops what is typed.\n");
}

void SqlShell::quit(const std::string&) { leaving_ = true; }

void SqlShell::mode(const std::string& argument) {
  std::vector<std::string> names;
  for (const Mode& mode : kModes) {
    if (argument.empty() && mode.format == context_.format) std::printf("%s\n", mode.name);
    if (equal_ignoring_case(mode.name, argument)) {
      context_.format = mode.format;
      return;
    }
    names.emplace_back(mode.name);
  }
  if (argument.empty()) return;
  throw Error(Code::kInvalidArgument, "Unknown mode '" + argument + "'.",
              "There are: " + join(names, ", ") + ".");
}

void SqlShell::timer(const std::string& argument) {
  if (!argument.empty() && !equal_ignoring_case(argument, "on") &&
      !equal_ignoring_case(argument, "off")) {
    throw Error(Code::kInvalidArgument, "The timer is on or off, not '" + argument + "'.");
  }
  timer_on_ = argument.empty() ? !timer_on_ : equal_ignoring_case(argument, "on");
  std::fprintf(stderr, "The timer is %s.\n", timer_on_ ? "on" : "off");
}

void SqlShell::read(const std::string& argument) {
  if (argument.empty() || argument == "-") {
    throw Error(Code::kInvalidArgument, ".read needs a file.", ".read script.sql");
  }
  run_script(read_local_text(argument), argument);
}

void SqlShell::output(const std::string& argument) { set_output(argument); }

void SqlShell::set_output(const std::string& file) {
  std::fflush(stdout);
  if (!file.empty()) {
    const FileDescriptor opened(
        ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!opened) {
      throw Error(Code::kInvalidArgument,
                  "Cannot write the file " + file + ": " + std::strerror(errno) + ".");
    }
    if (terminal_output_ < 0) terminal_output_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(opened.get(), STDOUT_FILENO);
  } else if (terminal_output_ >= 0) {
    dup2(terminal_output_, STDOUT_FILENO);
    ::close(terminal_output_);
    terminal_output_ = -1;
  }
}

void SqlShell::print_rows(const std::string& query) {
  const TerminalSignals::Cancellable cancellable(signals_);
  const Json rows = rows_of(query, cancellable.token());
  std::vector<OutputColumn> columns;
  if (!rows.empty()) {
    for (const auto& [name, value] : rows[0].items()) columns.push_back({name});
  }
  print_list(context_.format, rows, columns);
}

void SqlShell::describe(const std::string& argument) {
  if (argument.empty()) {
    print_rows(
        "SELECT TABLE_SCHEMA AS [schema], TABLE_NAME AS name, "
        "CASE TABLE_TYPE WHEN 'VIEW' THEN 'view' ELSE 'table' END AS type "
        "FROM INFORMATION_SCHEMA.TABLES UNION ALL "
        "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, LOWER(ROUTINE_TYPE) "
        "FROM INFORMATION_SCHEMA.ROUTINES ORDER BY 1, 2");
    return;
  }
  const auto parts = parts_of(argument);
  if (parts.empty()) {
    throw Error(Code::kInvalidArgument, "No name of a table: '" + argument + "'.",
                "\\d table, \\d schema.table or \\d database.schema.table");
  }
  const std::string database = parts.size() == 3 ? parts[0] : database_;
  const std::string schema = parts.size() >= 2 ? parts[parts.size() - 2] : "dbo";
  const TerminalSignals::Cancellable cancellable(signals_);
  const Json columns = rows_of(
      "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, "
      "NUMERIC_SCALE, IS_NULLABLE FROM " +
          quoted_name(database) +
          ".INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = " + literal(schema) +
          " AND TABLE_NAME = " + literal(parts.back()) + " ORDER BY ORDINAL_POSITION",
      cancellable.token());
  if (columns.empty()) {
    std::vector<std::string> known;
    for (const auto& object : names_->objects(database)) known.push_back(object.name);
    throw Error(Code::kNotFound, "There is no table or view " + argument + ".",
                did_you_mean(parts.back(), known));
  }
  Json list = Json::array();
  for (Json column : columns) {
    list.push_back({{"column", column["COLUMN_NAME"]},
                    {"type", type_of(column)},
                    {"nullable", column["IS_NULLABLE"]}});
  }
  print_list(context_.format, list, {{"column"}, {"type"}, {"nullable"}});
}

void SqlShell::list_tables(const std::string&) {
  print_rows(
      "SELECT TABLE_SCHEMA AS [schema], TABLE_NAME AS name FROM INFORMATION_SCHEMA.TABLES "
      "WHERE TABLE_TYPE = 'BASE TABLE' ORDER BY 1, 2");
}

void SqlShell::list_databases(const std::string&) {
  print_rows("SELECT name, collation_name AS collation FROM sys.databases ORDER BY name");
}

void SqlShell::list_schemas(const std::string&) {
  print_rows("SELECT SCHEMA_NAME AS name FROM INFORMATION_SCHEMA.SCHEMATA ORDER BY 1");
}

Suggestions SqlShell::suggest_command(std::string_view text, std::size_t cursor) {
  const std::string_view head = text.substr(0, cursor);
  const auto blank = head.find(' ');
  Suggestions found;
  const auto add = [&found, &head](const std::string& word) {
    if (word.starts_with(head.substr(found.start))) found.words.push_back(word);
  };
  if (blank == std::string_view::npos) {
    for (const Command& command : commands()) add(command.name);
  } else if (const auto command = head.substr(0, blank); command == "\\d") {
    // As a name in FROM.
    const std::string from = "SELECT * FROM ";
    const std::string query = from + std::string(head.substr(blank + 1));
    found = suggest_sql(query, query.size(), database_, *names_);
    found.start = found.start - from.size() + blank + 1;
  } else {
    found.start = blank + 1;
    if (command == ".mode") {
      for (const Mode& mode : kModes) add(mode.name);
    } else if (command == ".timer") {
      for (const char* word : {"off", "on"}) add(word);
    } else if (command == ".read" || command == ".output") {
      found.words = files_like(std::string(head.substr(found.start)));
    }
  }
  std::ranges::sort(found.words);
  return found;
}

}  // namespace tarn::cli
