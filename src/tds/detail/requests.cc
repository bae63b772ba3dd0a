#include "detail/requests.h"

#include <cstdio>

#include "base/error.h"
#include "base/utf16.h"
#include "detail/bytes.h"

namespace tarn::tds::detail {
namespace {

constexpr std::uint16_t kNotificationHeader = 1;
constexpr std::uint16_t kTransactionHeader = 2;
constexpr std::uint16_t kTraceHeader = 3;
constexpr std::size_t kHeaderHeadBytes = 6;  // length and type

constexpr std::uint16_t kGetDtcAddress = 0;
constexpr std::uint16_t kPropagate = 1;
constexpr std::uint16_t kBegin = 5;
constexpr std::uint16_t kPromote = 6;
constexpr std::uint16_t kCommit = 7;
constexpr std::uint16_t kRollback = 8;
constexpr std::uint16_t kSave = 9;
constexpr std::uint8_t kBeginsAnother = 0x01;
constexpr int kIsolationMax = 5;

void read_header(std::string_view header, RequestBody& result) {
  ByteReader reader(header);
  switch (reader.u16()) {
    case kTransactionHeader:
      result.transaction = reader.u64();
      reader.skip(4);  // requests under way: one, without MARS
      return;
    case kTraceHeader:
      return;
    case kNotificationHeader: {
      Error error(Code::kUnsupported, "Query notifications are not supported.",
                  "Leave the notification request of the command out.");
      error.set_sql({.number = 40510, .severity = 16, .state = 1});
      throw error;
    }
    default:
      throw_malformed("a header of a kind that is not known");
  }
}

[[noreturn]] void refuse_distributed(std::string_view request) {
  Error error(Code::kUnsupported,
              "Distributed transactions are not supported: " + std::string(request) + ".",
              "Use a transaction of this connection alone, and no TransactionScope over several.");
  error.set_sql({.number = 8501, .severity = 16, .state = 1});
  throw error;
}

/// Names are preceded by their bytes, not by their units.
std::string read_name(ByteReader& reader) { return utf8_from_utf16(reader.bytes(reader.u8())); }

std::uint8_t read_isolation(ByteReader& reader) {
  const std::uint8_t level = reader.u8();
  if (level > kIsolationMax) throw_malformed("no isolation level has this number");
  return level;
}

void read_next_transaction(ByteReader& reader, TransactionRequest& request) {
  if (reader.at_end() || (reader.u8() & kBeginsAnother) == 0) return;
  request.begins_another = true;
  request.isolation = read_isolation(reader);
  read_name(reader);  // of the next one: names of transactions have no effect
}

}  // namespace

RequestBody read_headers(std::string_view message, Version version) {
  RequestBody result{.body = message, .transaction = {}};
  if (version < Version::k72) return result;
  ByteReader reader(message);
  const std::size_t total = reader.u32();
  if (total < 4 || total > message.size())
    throw_malformed("its headers are longer than the message");
  result.body = message.substr(total);
  reader = ByteReader(message.substr(0, total));
  reader.skip(4);
  while (!reader.at_end()) {
    const std::size_t length = reader.u32();
    if (length < kHeaderHeadBytes) throw_malformed("a header is shorter than its own head");
    read_header(reader.bytes(length - 4), result);
  }
  return result;
}

void check_transaction(std::optional<std::uint64_t> of_client, std::uint64_t of_connection) {
  if (!of_client || *of_client == of_connection) return;
  if (*of_client == 0) {
    Error error(Code::kConflict,
                "New request is not allowed to start because it should come with valid transaction "
                "descriptor.");
    error.set_sql({.number = 3989, .severity = 16, .state = 1});
    throw error;
  }
  char digits[17] = {};
  std::snprintf(digits, sizeof(digits), "%llx", static_cast<unsigned long long>(*of_client));
  Error error(Code::kConflict,
              "The server failed to resume the transaction. Desc:" + std::string(digits) + ".");
  error.set_sql({.number = 3971, .severity = 16, .state = 1});
  throw error;
}

std::string read_batch(std::string_view body) {
  if (body.size() % 2 != 0) throw_malformed("half a character of UTF-16 ends a batch");
  return utf8_from_utf16(body);
}

TransactionRequest read_transaction_request(std::string_view body) {
  using Kind = TransactionRequest::Kind;
  ByteReader reader(body);
  TransactionRequest request;
  const std::uint16_t kind = reader.u16();
  switch (kind) {
    case kGetDtcAddress:
      refuse_distributed("TM_GET_DTC_ADDRESS");
    case kPropagate:
      refuse_distributed("TM_PROPAGATE_XACT");
    case kPromote:
      refuse_distributed("TM_PROMOTE_XACT");
    case kBegin:
      request.kind = Kind::kBegin;
      request.isolation = read_isolation(reader);
      request.name = read_name(reader);
      return request;
    case kCommit:
    case kRollback:
      request.kind = kind == kCommit ? Kind::kCommit : Kind::kRollback;
      request.name = read_name(reader);
      read_next_transaction(reader, request);
      return request;
    case kSave:
      request.kind = Kind::kSave;
      request.name = read_name(reader);
      return request;
    default:
      throw_malformed("no request of a transaction has the number " + std::to_string(kind));
  }
}

}  // namespace tarn::tds::detail
