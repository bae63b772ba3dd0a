#pragma once
// Runs batches through POST /sql and prints what comes.

#include <functional>
#include <string>
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
};

/// Prints result sets and counts on standard output, messages on standard error. Throws the Error
/// of a failed batch with its place in the script named `source`, after printing what came before
/// it.
int run_batches(Context& context, Gateway& gateway, const std::vector<SqlBatch>& batches,
                const std::string& database, const std::string& source, const SqlHooks& hooks = {});

}  // namespace tarn::cli
