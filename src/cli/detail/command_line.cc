#include "detail/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <memory>

#include "app/home.h"
#include "base/error.h"
#include "base/text.h"
#include "detail/commands.h"
#include "detail/line_editor.h"

namespace tarn::cli {
namespace {

// The tree of commands being put together, and the command that was chosen.
class Commands {
 public:
  explicit Commands(ParsedCommand& result) : result_(result) {}

  /// A verb whose options are those of `Options`; `fill` adds them, `run` is what it does.
  template <typename Options>
  void verb(CLI::App& noun, const std::string& name, const std::string& doc,
            const std::function<void(CLI::App&, Options&)>& fill,
            int (*run)(Context&, const Options&)) {
    CLI::App* app = noun.add_subcommand(name, doc);
    auto options = std::make_shared<Options>();
    fill(*app, *options);
    app->callback([this, options, run] {
      result_.run = [options, run](Context& context) { return run(context, *options); };
    });
  }

  /// A verb with one argument, or none.
  void verb(CLI::App& noun, const std::string& name, const std::string& doc,
            const std::string& argument, const std::string& argument_doc,
            int (*run)(Context&, const std::string&)) {
    verb<std::string>(
        noun, name, doc,
        [&](CLI::App& app, std::string& value) {
          app.add_option(argument, value, argument_doc)->required();
        },
        run);
  }
  void verb(CLI::App& noun, const std::string& name, const std::string& doc, int (*run)(Context&)) {
    noun.add_subcommand(name, doc)->callback([this, run] { result_.run = run; });
  }

 private:
  ParsedCommand& result_;
};

CLI::App& add_noun(CLI::App& root, const std::string& name, const std::string& doc) {
  CLI::App* app = root.add_subcommand(name, doc);
  app->require_subcommand(1);
  return *app;
}

void add_lake(CLI::App& root, Commands& commands) {
  CLI::App& lake = add_noun(root, "lake", "Files of the data lake");
  commands.verb<LakePut>(
      lake, "put", "Copy local files into the lake",
      [](CLI::App& app, LakePut& o) {
        app.add_option("files", o.files,
                       "Local files (- is standard input), then the path in the lake")
            ->required()
            ->expected(2, 10000);
        app.add_flag("-n,--no-clobber", o.no_clobber, "Fail where a file is there already");
      },
      lake_put);
  commands.verb<LakeGet>(
      lake, "get", "Copy a file out of the lake",
      [](CLI::App& app, LakeGet& o) {
        app.add_option("path", o.path, "Path in the lake")->required();
        app.add_option("file", o.file, "Local file or folder; - is standard output");
      },
      lake_get);
  commands.verb<LakeList>(
      lake, "ls", "List a folder, or the files that a pattern matches",
      [](CLI::App& app, LakeList& o) {
        app.add_option("path", o.path, "Path in the lake (files/)");
        app.add_flag("-r,--recursive", o.recursive, "Also what lies deeper");
      },
      lake_ls);
  commands.verb(lake, "cat", "Print a file", "path", "Path in the lake", lake_cat);
  commands.verb<LakeHead>(
      lake, "head", "Print a file's first lines",
      [](CLI::App& app, LakeHead& o) {
        app.add_option("path", o.path, "Path in the lake")->required();
        app.add_option("-n,--lines", o.lines, "How many")->check(CLI::Range(1, 1'000'000));
      },
      lake_head);
  commands.verb<LakeRemove>(
      lake, "rm", "Remove a file or folder",
      [](CLI::App& app, LakeRemove& o) {
        app.add_option("path", o.path, "Path in the lake")->required();
        app.add_flag("-r,--recursive", o.recursive, "Also what is in the folder");
      },
      lake_rm);
  commands.verb(lake, "stat", "What is known of a file or folder", "path", "Path in the lake",
                lake_stat);
  commands.verb<LakeMove>(
      lake, "mv", "Rename a file or folder",
      [](CLI::App& app, LakeMove& o) {
        app.add_option("from", o.from, "Path in the lake")->required();
        app.add_option("to", o.to, "New path")->required();
        app.add_flag("-f,--force", o.replace, "Replace a file that is there");
      },
      lake_mv);
}

void add_table_care(CLI::App& table, Commands& commands) {
  commands.verb<TableOptimize>(
      table, "optimize", "Rewrite small files as larger ones",
      [](CLI::App& app, TableOptimize& o) {
        app.add_option("table", o.table, "database.table")->required();
        app.add_option("--target-size", o.target_file_bytes, "Of a file: 104857600, 100mb")
            ->transform(CLI::AsSizeValue(false));
      },
      table_optimize);
  commands.verb<TableVacuum>(
      table, "vacuum", "Delete files that no version within the retention needs",
      [](CLI::App& app, TableVacuum& o) {
        app.add_option("table", o.table, "database.table")->required();
        app.add_option("--retention-hours", o.retention_hours, "Of removed files (168)");
        app.add_flag("--dry-run", o.dry_run, "Only list what would be deleted");
        app.add_flag("--force", o.force, "Allow a retention below the table's");
      },
      table_vacuum);
  commands.verb(table, "properties", "A table's properties", "table", "database.table",
                table_properties);
  commands.verb<TableSet>(
      table, "set", "Set properties",
      [](CLI::App& app, TableSet& o) {
        app.add_option("table", o.table, "database.table")->required();
        app.add_option("properties", o.properties, "name=value")->required();
      },
      table_set);
  commands.verb<TableUnset>(
      table, "unset", "Unset properties",
      [](CLI::App& app, TableUnset& o) {
        app.add_option("table", o.table, "database.table")->required();
        app.add_option("properties", o.properties, "Names")->required();
      },
      table_unset);
}

void add_tables(CLI::App& root, Commands& commands) {
  CLI::App& table = add_noun(root, "table", "Tables of the lake");
  commands.verb<TableList>(
      table, "list", "List tables",
      [](CLI::App& app, TableList& o) {
        app.add_option("-d,--database", o.database, "Only of this database");
        app.add_option("--schema", o.schema, "Only of this schema");
      },
      table_list);
  commands.verb(table, "show", "A table's columns and figures", "table", "database.table",
                table_show);
  commands.verb(table, "history", "A table's versions", "table", "database.table", table_history);
  commands.verb<TableLoad>(
      table, "load", "Write the rows of files of the lake into a table",
      [](CLI::App& app, TableLoad& o) {
        app.add_option("table", o.table, "database.table; made where there is none")->required();
        app.add_option("source", o.source, "Path or pattern in the lake")->required();
        app.add_option("--format", o.format, "parquet, csv or json (by the file's name)");
        app.add_option("--mode", o.mode, "append, overwrite or error (append)");
        app.add_option("--partition-by", o.partition_by, "Columns that partition a new table")
            ->delimiter(',');
        app.add_flag("--merge-schema", o.merge_schema, "append: add new columns");
        app.add_flag("--overwrite-schema", o.overwrite_schema, "overwrite: replace the columns");
      },
      table_load);
  add_table_care(table, commands);
}

void add_sql(CLI::App& root, Commands& commands, ParsedCommand& result) {
  commands.verb<Sql>(
      root, "sql", "Run T-SQL; alone, on a terminal: the interactive shell",
      [&result](CLI::App& app, Sql& o) {
        app.add_option("query", o.query, "The T-SQL; GO on a line of its own ends a batch");
        app.add_option("-f,--file", o.file, "A script; - is standard input");
        app.add_option("-d,--database", o.database, "The current database (default)");
        app.parse_complete_callback([&result, &o] {
          result.own_signals = o.query.empty() && o.file.empty() && on_terminal();
        });
      },
      sql);
}

void add_sql_pools(CLI::App& root, Commands& commands) {
  CLI::App& pool = add_noun(root, "sql-pool", "Dedicated SQL pools");
  const std::string kName = "The pool";
  commands.verb(pool, "list", "List pools", sql_pool_list);
  commands.verb(pool, "show", "A pool's state and settings", "name", kName, sql_pool_show);
  commands.verb<SqlPoolCreate>(
      pool, "create", "Make a pool, which is online at once",
      [&](CLI::App& app, SqlPoolCreate& o) {
        app.add_option("name", o.name, kName)->required();
        app.add_option("--performance-level", o.performance_level, "DW100c to DW30000c (DW100c)");
        app.add_option("--collation", o.collation,
                       "Of its texts (Latin1_General_100_CI_AS_SC_UTF8)");
      },
      sql_pool_create);
  commands.verb<SqlPoolUpdate>(
      pool, "update", "Give a pool another performance level",
      [&](CLI::App& app, SqlPoolUpdate& o) {
        app.add_option("name", o.name, kName)->required();
        app.add_option("--performance-level", o.performance_level, "DW100c to DW30000c")
            ->required();
      },
      sql_pool_update);
  commands.verb(pool, "pause", "Pause a pool: nobody connects to it", "name", kName,
                sql_pool_pause);
  commands.verb(pool, "resume", "Resume a paused pool", "name", kName, sql_pool_resume);
  commands.verb(pool, "delete", "Delete a pool with all that is in it", "name", kName,
                sql_pool_delete);
}

void add_automl(CLI::App& root, Commands& commands) {
  CLI::App& automl = add_noun(root, "automl", "Train the best model for a table");
  commands.verb<AutoMl>(
      automl, "regression", "Predict a number",
      [](CLI::App& app, AutoMl& o) {
        app.add_option("--table", o.table, "The table to train on: database.table");
        app.add_option("--data", o.data, "A file of the lake to train on, instead of a table");
        app.add_option("--target", o.target, "The column to predict")->required();
        app.add_option("--metric", o.metric, "The primary metric");
        app.add_option("--timeout", o.timeout, "The time for everything: 20s, 15m, 1h");
        app.add_option("--max-trials", o.max_trials, "The most trials");
        app.add_option("--concurrency", o.concurrency, "Trials at a time");
        app.add_option("--experiment", o.experiment, "The experiment's name");
        app.add_option("--model", o.model, "Register the best model under this name");
        app.add_option("--name", o.name, "The job's name");
        app.add_option("--seed", o.seed, "The same seed and number of trials give the same model");
        app.add_option("--folds", o.folds, "Cross-validation folds");
        app.add_option("--validation", o.validation,
                       "How trials are judged: cv:5, split:0.2, table:database.table, data:PATH");
        app.add_option("--drop", o.drop, "Columns to leave out")->delimiter(',');
        app.add_option("--allow", o.allow, "Only these algorithms")->delimiter(',');
        app.add_option("--block", o.block, "Not these algorithms")->delimiter(',');
        app.add_flag("--no-ensemble", o.no_ensemble, "No ensembles at the end");
        app.add_flag("--wait", o.wait, "Show trials until the job has ended");
      },
      automl_regression);
}

void add_jobs(CLI::App& root, Commands& commands) {
  CLI::App& job = add_noun(root, "job", "Jobs");
  const auto file = [](CLI::App& app, JobFile& o) {
    app.add_option("-f,--file", o.file, "Azure ML job YAML; - is standard input")->required();
  };
  commands.verb<JobFile>(job, "validate", "Check a job file and its data", file, job_validate);
  commands.verb<JobFile>(
      job, "create", "Submit a job file",
      [&file](CLI::App& app, JobFile& o) {
        file(app, o);
        app.add_flag("--wait", o.wait, "Show trials until the job has ended");
      },
      job_create);
  commands.verb<JobList>(
      job, "list", "List jobs",
      [](CLI::App& app, JobList& o) {
        app.add_option("--experiment", o.experiment, "Only of this one");
        app.add_option("--status", o.status, "Only in this state");
      },
      job_list);
  commands.verb(job, "show", "A job's state and outcome", "name", "Name or id", job_show);
  commands.verb(job, "stream", "Follow a job to its end", "name", "Name or id", job_stream);
  commands.verb(job, "cancel", "End a job at once", "name", "Name or id", job_cancel);
  commands.verb(job, "log", "What the job's worker wrote", "name", "Name or id", job_log);
}

void add_models(CLI::App& root, Commands& commands) {
  CLI::App& model = add_noun(root, "model", "Registered models");
  const std::string kReference = "name, name:1, name@alias or models:/name/1";
  commands.verb(model, "list", "List models", model_list);
  commands.verb(model, "show", "A version and where it came from", "model", kReference, model_show);
  commands.verb<ModelRegister>(
      model, "register", "Register an ONNX file as the next version",
      [](CLI::App& app, ModelRegister& o) {
        app.add_option("name", o.name, "The model")->required();
        app.add_option("file", o.file, "Local ONNX file")->required();
        app.add_option("--description", o.description, "What it is for");
      },
      model_register);
  commands.verb<ModelDownload>(
      model, "download", "Copy a version's ONNX file, or its whole folder",
      [&](CLI::App& app, ModelDownload& o) {
        app.add_option("model", o.reference, kReference)->required();
        app.add_option(
            "file", o.file,
            "Local file (model.onnx); - is standard output; with a / at the end: all files");
      },
      model_download);
  commands.verb(model, "delete", "Delete a version, or with a name alone the whole model", "model",
                kReference, model_delete);
  commands.verb<ModelDeploySql>(
      model, "deploy-sql", "The T-SQL that predicts with a model in the database",
      [&](CLI::App& app, ModelDeploySql& o) {
        app.add_option("model", o.reference, kReference)->required();
        app.add_option("--procedure", o.procedure, "To create: dbo.predict")->required();
        app.add_option("--table", o.table, "That holds the model: dbo.model")->required();
        app.add_option("--data", o.data, "The table or view to predict for")->required();
        app.add_option("-d,--database", o.database, "The current database (default)");
        app.add_flag("--run", o.run, "Run it, and do not only print it");
      },
      model_deploy_sql);
}

void add_storage(CLI::App& root, Commands& commands) {
  CLI::App& storage = add_noun(root, "storage", "The storage API: Blob and Data Lake Storage");
  commands.verb<StorageKey>(
      storage, "key", "The account key that clients sign with",
      [](CLI::App& app, StorageKey& o) {
        app.add_flag("--renew", o.renew, "Make another; what was signed with this one ends");
      },
      storage_key);
  commands.verb<StorageConnection>(
      storage, "connection-string", "The connection string for Azure's clients",
      [](CLI::App& app, StorageConnection& o) {
        app.add_option("--endpoint", o.endpoint, "The server (http://127.0.0.1:7420)");
      },
      storage_connection_string);
}

void add_rest(CLI::App& root, Commands& commands, ParsedCommand& result) {
  CLI::App& experiment = add_noun(root, "experiment", "Experiments and their runs");
  commands.verb(experiment, "list", "List experiments", experiment_list);
  commands.verb(experiment, "show", "An experiment's runs", "name", "Name or id", experiment_show);

  CLI::App& demo = add_noun(root, "demo", "A lab, step by step");
  commands.verb<Demo>(
      demo, "bike-rentals", "From a CSV file to predictions in SQL",
      [](CLI::App& app, Demo& o) { app.add_flag("--keep", o.keep, "Leave the server running"); },
      demo_bike_rentals);

  commands.verb<Serve>(
      root, "serve", "Run the server",
      [&result](CLI::App& app, Serve& o) {
        app.add_option("--listen", o.listen,
                       "Address and port (127.0.0.1:7420); port 0 takes a free one");
        app.add_option("--sql", o.sql,
                       "Address and port for SQL clients (127.0.0.1:1433 if free), or off");
        app.add_flag("--require-login", o.require_login,
                     "SQL clients on this machine need a login or token as well");
        app.add_option("--connections", o.connections, "Connections at a time");
        app.add_option("--memory-gb", o.memory_gb, "Memory of the table engine");
        app.add_option("--threads", o.threads, "Threads of the table engine");
        app.add_option("--temp", o.temp, "Folder for what does not fit into that memory");
        app.add_option("--temp-gb", o.temp_gb, "The most that may lie there");
        app.add_option("--queries", o.queries, "Batches that run at a time; others wait");
        app.add_option("--jobs", o.jobs, "Jobs that run at a time; others wait");
        app.add_option("--job-memory-gb", o.job_memory_gb, "Memory of each job");
        app.add_option("--job-cpus", o.job_cpus, "Cores of each job; 1.5 is one and a half");
        app.add_option("--job-files", o.job_files, "Files that each job may have open");
        app.add_option("--job-processes", o.job_processes, "Processes and threads of each job");
        app.preparse_callback([&result](std::size_t) { result.own_signals = true; });
      },
      serve);
  CLI::App& tls = add_noun(root, "tls", "The server's certificate");
  commands.verb<TlsExport>(
      tls, "export", "The certificate that SQL clients see, as PEM",
      [](CLI::App& app, TlsExport& o) {
        app.add_option("--out", o.file, "The local file (standard output)");
      },
      tls_export);
  CLI::App& query = add_noun(root, "query", "T-SQL batches under way");
  commands.verb(query, "list", "What runs, and what waits for what", query_list);
  commands.verb(query, "cancel", "End a session's batch", "session", "Its session_id",
                query_cancel);
  commands.verb(root, "backup", "Copy the whole home, while it is in use", "target",
                "A file FILE.tar, - for standard output, or a new folder", backup);
  commands.verb(root, "restore", "Make a new home (--home) of a backup", "backup",
                "The file or folder that 'tarn backup' made", restore);
  commands.verb(root, "check", "Is everything there that the home's metadata name?", check_home);
  commands.verb(root, "version", "Print the version", version);
  commands.verb(root, "completion", "Print the script that completes commands in a shell", "shell",
                "bash, zsh or fish", completion);
}

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

[[noreturn]] void usage(const CLI::App& app, const std::string& message, std::string hint) {
  std::string path = app.get_name();
  for (const CLI::App* up = app.get_parent(); up; up = up->get_parent())
    path = up->get_name() + ' ' + path;
  hint += (hint.empty() ? "" : " ") + ("See: " + path + " --help");
  throw Error(Code::kInvalidArgument, message, hint);
}

// What CLI11 would report as superfluous, reported as what it is: a wrong verb or option, with the
// nearest one.
void check_words(const CLI::App& root, const std::vector<std::string>& arguments) {
  const CLI::App* app = &root;
  for (const auto& word : arguments) {
    if (word == "--") return;
    // T-SQL may begin with a comment: that is no option.
    if (word.starts_with("--") && word.size() > 2 && word[2] >= 'a' && word[2] <= 'z') {
      const std::string name = word.substr(0, word.find('='));
      std::vector<std::string> known{"--help"};
      for (const CLI::App* level = app; level; level = level->get_parent()) {
        for (const auto* option : level->get_options()) {
          for (const auto& long_name : option->get_lnames()) known.push_back("--" + long_name);
        }
      }
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        usage(*app, "Unknown option '" + name + "'.", did_you_mean(name, known));
      }
    } else if (!word.starts_with("-")) {
      const auto names = names_of(*app);
      if (names.empty()) continue;
      if (std::find(names.begin(), names.end(), word) == names.end()) {
        // The value of an option before the verb.
        if (&word != arguments.data() && (&word)[-1].starts_with("-")) continue;
        usage(*app, "Unknown command '" + word + "'.", did_you_mean(word, names));
      }
      app = app->get_subcommand(word);
    }
  }
}

const CLI::App* chosen(const CLI::App& root) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// A file of --store is meant from here, whoever opens it; an address is left as it is.
std::string store_place(std::string text) {
  constexpr std::string_view kScheme = "sqlite:";
  if (text.starts_with(kScheme)) text.erase(0, kScheme.size());
  if (text.empty() || text.find("://") != std::string::npos) return text;
  return std::filesystem::absolute(text).lexically_normal().string();
}

// The command line's options and commands, which fill `result` and `home`.
void add_all(CLI::App& root, Commands& commands, ParsedCommand& result, std::string& home) {
  root.require_subcommand(1);
  root.fallthrough();
  root.add_option("--home", home, "The home folder ($TARN_HOME, else ~/.tarn)");
  root.add_option("--workspace", result.where.workspace, "The workspace (main)");
  root.add_option(
      "--store", result.where.store,
      "The metadata: a file, or postgresql://user:password@host/database ($TARN_STORE)");
  root.add_option("--lake", result.where.lake,
                  "The lake's folder, outside of the home ($TARN_LAKE)");
  root.add_option("--url", result.where.url, "A server to call ($TARN_URL)");
  const std::map<std::string, Format> formats{{"table", Format::kTable},
                                              {"json", Format::kJson},
                                              {"tsv", Format::kTsv},
                                              {"csv", Format::kCsv}};
  root.add_option("-o,--output", result.format, "table, json, tsv or csv")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
      ->type_name("FORM");

  add_lake(root, commands);
  add_storage(root, commands);
  add_tables(root, commands);
  add_sql(root, commands, result);
  add_sql_pools(root, commands);
  add_automl(root, commands);
  add_jobs(root, commands);
  add_models(root, commands);
  add_rest(root, commands, result);
}

Where default_where() {
  Where where;
  where.url = environment("TARN_URL");
  where.token = environment("TARN_TOKEN");
  where.store = environment("TARN_STORE");
  where.lake = environment("TARN_LAKE");
  return where;
}

constexpr const char* kDescription =
    "Tarn: a data lake, a SQL warehouse and a machine-learning workspace in one program";

}  // namespace

Completions complete_command_line(const std::vector<std::string>& words) {
  ParsedCommand result;
  std::string home;
  CLI::App root(kDescription, "tarn");
  Commands commands(result);
  add_all(root, commands, result, home);
  Where where = default_where();
  where.home = app::default_home();
  return complete(root, words, where);
}

ParsedCommand parse_command_line(const std::vector<std::string>& arguments) {
  ParsedCommand result;
  result.where = default_where();
  std::string home;
  CLI::App root(kDescription, "tarn");
  Commands commands(result);
  add_all(root, commands, result, home);

  check_words(root, arguments);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    root.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    std::printf("%s", chosen(root)->help().c_str());
    result.run = nullptr;
    return result;
  } catch (const CLI::RequiredError& error) {
    const CLI::App* app = chosen(root);
    const auto names = names_of(*app);
    if (!names.empty())
      usage(*app, "A command is missing. There are: " + join(names, ", ") + ".", "");
    usage(*app, std::string(error.what()) + ".", "");
  } catch (const CLI::ParseError& error) {
    usage(*chosen(root), std::string(error.what()) + ".", "");
  }
  result.where.store = store_place(result.where.store);
  result.where.home = home.empty() ? app::default_home() : std::filesystem::path(home);
  return result;
}

}  // namespace tarn::cli
