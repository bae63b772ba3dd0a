#pragma once
// The calls of an RPC message ([MS-TDS] 2.2.6.6).

#include <string_view>
#include <vector>

#include "tds/login.h"
#include "tds/request.h"

namespace tarn::tds::detail {

inline constexpr std::size_t kCallParametersMax = 2100;  // as SQL Server: error 8003 above

/// `body` is the message behind ALL_HEADERS: one or several calls with their parameters. Throws
/// Error(kInvalidArgument): 4002 for bytes that are no calls, 8003 for too many parameters, 8016
/// and its like for a value that its type cannot have; Error(kUnsupported) for table-valued
/// parameters, CLR types and encrypted ones, by name.
std::vector<Rpc> read_calls(std::string_view body, Version version);

}  // namespace tarn::tds::detail
