#pragma once
// The messages of a signed-in client, but for calls and bulk loads (rpc_reader.h,
// bulk_decoder.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tds/login.h"
#include "tds/request.h"

namespace tarn::tds::detail {

/// A message behind its ALL_HEADERS ([MS-TDS] 2.2.5.3).
struct RequestBody {
  std::string_view body;
  /// Of the transaction that the request belongs to; nothing where the message has none.
  std::optional<std::uint64_t> transaction;
};

/// Before 7.2 there are no headers. Throws Error: kInvalidArgument 4002 for bytes that are none;
/// kUnsupported for a query notification.
RequestBody read_headers(std::string_view message, Version version);

/// Throws Error(kConflict) 3971 or 3989 where the client's transaction is not the connection's.
void check_transaction(std::optional<std::uint64_t> of_client, std::uint64_t of_connection);

/// The text of a SQLBatch, as UTF-8.
std::string read_batch(std::string_view body);

/// Of a transaction manager request ([MS-TDS] 2.2.6.9). Throws Error: kUnsupported 8501 for the
/// requests of distributed transactions; kInvalidArgument 4002.
TransactionRequest read_transaction_request(std::string_view body);

}  // namespace tarn::tds::detail
