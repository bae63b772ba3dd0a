#pragma once
// Errors as MLflow writes them: {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "…"}.

#include <string>
#include <string_view>

#include "base/error.h"
#include "router/message.h"

namespace tarn::api::mlflow {

/// MLflow's code of an error: "INVALID_PARAMETER_VALUE".
std::string_view error_code_of(Code code);
router::Response render(const router::Request& request, const Error& error);

/// Error(kInvalidArgument) in MLflow's words: "Invalid value "x" for parameter 'name' supplied".
[[noreturn]] void refuse_value(std::string_view parameter, std::string_view json,
                               std::string_view why);
[[noreturn]] void refuse_missing(std::string_view parameter);

}  // namespace tarn::api::mlflow
