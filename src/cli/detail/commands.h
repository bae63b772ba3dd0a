#pragma once
// The commands: options in, exit code out. command_line.cc reads the options.

#include <optional>
#include <string>
#include <vector>

#include "detail/context.h"

namespace tarn::cli {

// -- lake
// -------------------------------------------------------------------------------------------------------------

struct LakePut {
  std::vector<std::string> files;  // local, "-" for standard input; the last is the lake's path
  bool no_clobber = false;
};
int lake_put(Context&, const LakePut&);

struct LakeGet {
  std::string path;
  std::string file;  // local; empty: the path's own name; "-": standard output
};
int lake_get(Context&, const LakeGet&);

struct LakeList {
  std::string path = "files/";
  bool recursive = false;
};
int lake_ls(Context&, const LakeList&);

struct LakeHead {
  std::string path;
  int lines = 10;
};
int lake_head(Context&, const LakeHead&);
int lake_cat(Context&, const std::string& path);

struct LakeRemove {
  std::string path;
  bool recursive = false;
};
int lake_rm(Context&, const LakeRemove&);
int lake_stat(Context&, const std::string& path);

struct LakeMove {
  std::string from;
  std::string to;
  bool replace = false;
};
int lake_mv(Context&, const LakeMove&);

// -- storage
// ----------------------------------------------------------------------------------------------------------

struct StorageKey {
  bool renew = false;
};
int storage_key(Context&, const StorageKey&);

struct StorageConnection {
  std::string endpoint = "http://127.0.0.1:7420";
};
int storage_connection_string(Context&, const StorageConnection&);

// -- table
// ------------------------------------------------------------------------------------------------------------

struct TableList {
  std::string database;
  std::string schema;
};
int table_list(Context&, const TableList&);
int table_show(Context&, const std::string& name);
int table_history(Context&, const std::string& name);

struct TableLoad {
  std::string table;
  std::string source;
  std::string format;
  std::string mode = "append";
  std::vector<std::string> partition_by;
  bool merge_schema = false;
  bool overwrite_schema = false;
};
int table_load(Context&, const TableLoad&);

struct TableOptimize {
  std::string table;
  std::optional<std::uint64_t> target_file_bytes;
};
int table_optimize(Context&, const TableOptimize&);

struct TableVacuum {
  std::string table;
  std::optional<double> retention_hours;
  bool dry_run = false;
  bool force = false;
};
int table_vacuum(Context&, const TableVacuum&);

int table_properties(Context&, const std::string& name);
struct TableSet {
  std::string table;
  std::vector<std::string> properties;  // "name=value"
};
int table_set(Context&, const TableSet&);
struct TableUnset {
  std::string table;
  std::vector<std::string> properties;  // names
};
int table_unset(Context&, const TableUnset&);

// -- sql
// --------------------------------------------------------------------------------------------------------------

struct Sql {
  std::string query;
  std::string file;  // "-": standard input
  std::string database = "default";
};
int sql(Context&, const Sql&);

// -- sql-pool
// ---------------------------------------------------------------------------------------------------------

int sql_pool_list(Context&);
int sql_pool_show(Context&, const std::string& name);

struct SqlPoolCreate {
  std::string name;
  std::string performance_level;  // empty: DW100c
  std::string collation;
};
int sql_pool_create(Context&, const SqlPoolCreate&);

struct SqlPoolUpdate {
  std::string name;
  std::string performance_level;
};
int sql_pool_update(Context&, const SqlPoolUpdate&);
int sql_pool_pause(Context&, const std::string& name);
int sql_pool_resume(Context&, const std::string& name);
int sql_pool_delete(Context&, const std::string& name);

// -- automl, job
// ------------------------------------------------------------------------------------------------------

struct AutoMl {
  std::string table;
  std::string data;  // a path of the lake, instead of a table
  std::string target;
  std::string metric = "normalized_root_mean_squared_error";
  std::string timeout = "15m";
  std::optional<int> max_trials;
  int concurrency = 1;
  std::string experiment;
  std::string model;
  std::string name;
  unsigned long long seed = 0;
  std::optional<int> folds;
  std::string validation;  // "cv:5", "split:0.2", "table:default.t" or "data:files/x.csv"
  std::vector<std::string> drop;
  std::vector<std::string> allow;
  std::vector<std::string> block;
  bool no_ensemble = false;
  bool wait = false;
};
int automl_regression(Context&, const AutoMl&);

struct JobFile {
  std::string file;
  bool wait = false;
};
int job_validate(Context&, const JobFile&);
int job_create(Context&, const JobFile&);

struct JobList {
  std::string experiment;
  std::string status;
};
int job_list(Context&, const JobList&);
int job_show(Context&, const std::string& name);
int job_stream(Context&, const std::string& name);
int job_cancel(Context&, const std::string& name);
int job_log(Context&, const std::string& name);

// -- model
// ------------------------------------------------------------------------------------------------------------

int model_list(Context&);
int model_show(Context&, const std::string& reference);

struct ModelRegister {
  std::string name;
  std::string file;
  std::string description;
};
int model_register(Context&, const ModelRegister&);

struct ModelDownload {
  std::string reference;
  std::string file;  // empty: model.onnx; "-": standard output; a folder: all files
};
int model_download(Context&, const ModelDownload&);
int model_delete(Context&, const std::string& reference);

struct ModelDeploySql {
  std::string reference;
  std::string procedure;
  std::string table;
  std::string data;
  std::string database = "default";
  bool run = false;
};
int model_deploy_sql(Context&, const ModelDeploySql&);

// -- experiment, server, demo
// -----------------------------------------------------------------------------------------

int experiment_list(Context&);
int experiment_show(Context&, const std::string& name);

int version(Context&);
int completion(Context&, const std::string& shell);

struct Serve {
  std::string listen = "127.0.0.1:7420";
  std::string sql;             // as listen, or "off"; empty: 127.0.0.1:1433 where it is free
  bool require_login = false;  // of SQL clients on this machine as well
  int connections = 0;         // at a time; 0: 4096
  double memory_gb = 0;        // of the engine; 0: three fifths of the machine's
  int threads = 0;             // of the engine; 0: one a core
  std::string temp;            // where the engine puts what does not fit; empty: in the home
  double temp_gb = 0;          // of that; 0: 64 GiB
  int queries = 0;             // that run at a time, others wait; 0: four a core
  int jobs = 0;                // that run at a time; 0: two
  double job_memory_gb = 0;    // of each; 0: the machine's
  double job_cpus = 0;         // of each; 0: all
  int job_files = 0;           // open in each; 0: 4096
  int job_processes = 0;       // of each, with threads; 0: no limit
};
int serve(Context&, const Serve&);

struct TlsExport {
  std::string file;  // local; empty or "-": standard output
};
int tls_export(Context&, const TlsExport&);

int query_list(Context&);
int query_cancel(Context&, const std::string& session);
int backup(Context&, const std::string& target);
int restore(Context&, const std::string& source);
int check_home(Context&);

struct Demo {
  bool keep = false;
};
int demo_bike_rentals(Context&, const Demo&);

}  // namespace tarn::cli
