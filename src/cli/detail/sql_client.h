#pragma once
// Runs batches through POST /sql and prints what comes.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "detail/context.h"

namespace tarn::cli {

struct SqlBatch {
  std::string text;
  int first_line = 1;  // of the script
};

/// What may be done with a result set besides printing it.
struct SqlHooks {
  std::function<void(const Json& columns)> on_columns = {};
  std::function<void(const Json& row)> on_row = {};
  /// Of a USE statement that has run; its message is not printed then.
  std::function<void(const std::string& database)> on_database = {};
};

/// Prints result sets and counts on standard output, messages on standard error. Throws the Error
/// of a failed batch with its place in the script named `source`, after printing what came before
/// it. `session` is one that the server keeps (POST /sql/sessions); empty: these batches have one
/// of their own, in `database`.
int run_batches(Context& context, Gateway& gateway, const std::vector<SqlBatch>& batches,
                const std::string& database, const std::string& source, const SqlHooks& hooks = {},
                const std::string& session = {});

/// A script's batches, each as often as its `GO n` says.
std::vector<SqlBatch> batches_of(std::string_view script);

/// The interactive shell; batches_of what is typed.
int sql_shell(Context& context, const std::string& database);

}  // namespace tarn::cli
