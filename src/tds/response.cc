#include "tds/response.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "detail/bytes.h"
#include "detail/encoded.h"
#include "detail/output_buffer.h"
#include "detail/row_writer.h"
#include "detail/text_bytes.h"
#include "detail/type_info.h"

namespace tarn::tds {
namespace {

using detail::put;
using detail::put_b_varchar;
using detail::put_us_varchar;

enum class Token : std::uint8_t {
  kReturnStatus = 0x79,
  kColumns = 0x81,
  kError = 0xAA,
  kInfo = 0xAB,
  kReturnValue = 0xAC,
  kLoginAck = 0xAD,
  kFeatures = 0xAE,
  kEnvironment = 0xE3,
  kDone = 0xFD,
  kDoneProcedure = 0xFE,
  kDoneInProcedure = 0xFF,
};

constexpr std::uint16_t kNoColumns = 0xFFFF;
constexpr std::size_t kColumnsMax = 0xFFFE;
constexpr int kErrorSeverity = 11;
constexpr std::size_t kNoticeUnitsMax = 4000;
constexpr std::uint8_t kFeaturesEnd = 0xFF;

// Of a column.
constexpr std::uint16_t kNullable = 0x01;
constexpr std::uint16_t kCaseSensitive = 0x02;
constexpr std::uint16_t kUpdateableUnknown = 0x08;

// Of DONE.
constexpr std::uint16_t kMore = 0x01;
constexpr std::uint16_t kFailed = 0x02;
constexpr std::uint16_t kCount = 0x10;
constexpr std::uint16_t kAttention = 0x20;

void put_token(std::string& out, Token token) { out += static_cast<char>(token); }

/// LOGINACK names versions with their highest byte first.
std::uint32_t acknowledged(Version version) {
  switch (version) {
    case Version::k71:
      return 0x71000001;
    case Version::k72:
      return 0x72090002;
    case Version::k73a:
      return 0x730A0003;
    case Version::k73b:
      return 0x730B0003;
    case Version::k74:
      return 0x74000004;
    case Version::k80:
      return 0x08000000;
  }
  return 0x74000004;
}

void put_high_first(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xFF);
}

std::uint16_t flags_of_column(const sql::ResultColumn& column, const detail::TypeInfo& type) {
  std::uint16_t flags = kUpdateableUnknown;
  if (column.nullable) flags |= kNullable;
  if ((type.is_unicode() || type.is_code_page()) && detail::case_sensitive(type.collation))
    flags |= kCaseSensitive;
  return flags;
}

/// UserType, Flags and TYPE_INFO, as columns and return values have them.
void put_column_type(std::string& out, const sql::ResultColumn& column,
                     const detail::TypeInfo& type, Version version) {
  if (version >= Version::k72) {
    put(out, std::uint32_t{0});
  } else {
    put(out, std::uint16_t{0});
  }
  put(out, flags_of_column(column, type));
  detail::put_type_info(out, type);
}

void put_column(std::string& out, const sql::ResultColumn& column, const detail::TypeInfo& type,
                Version version) {
  put_column_type(out, column, type, version);
  if (type.prefix == detail::Prefix::kLong) {
    // Of which table it is: of none that we know. One part, for there must be one.
    if (version >= Version::k72) put(out, std::uint8_t{1});
    put_us_varchar(out, "");
  }
  put_b_varchar(out, column.name);
}

/// A token whose length in two bytes stands before its rest.
std::string with_length(Token token, std::string_view rest) {
  std::string out;
  put_token(out, token);
  put(out, static_cast<std::uint16_t>(rest.size()));
  out += rest;
  return out;
}

void put_bytes(std::string& out, std::string_view bytes) {
  put(out, static_cast<std::uint8_t>(bytes.size()));
  out += bytes;
}

std::string transaction_bytes(std::uint64_t descriptor) {
  std::string bytes;
  put(bytes, descriptor);
  return bytes;
}

}  // namespace

struct Response::State {
  explicit State(ByteOutput& output) : out(output) {}

  detail::OutputBuffer out;
  std::optional<detail::RowWriter> rows;
};

Response::Response(ByteOutput& out, Dialect& dialect, std::string server_name)
    : dialect_(dialect),
      server_name_(std::move(server_name)),
      state_(std::make_unique<State>(out)) {}

Response::~Response() = default;

void Response::columns(const std::vector<sql::ResultColumn>& columns) {
  if (columns.size() > kColumnsMax)
    throw Error(Code::kTooLarge, "A result has more columns than the protocol can say: " +
                                     std::to_string(columns.size()));
  detail::RowWriter& rows = state_->rows.emplace(columns, dialect_);
  std::string out;
  put_token(out, Token::kColumns);
  put(out, static_cast<std::uint16_t>(columns.size()));
  for (std::size_t i = 0; i < columns.size(); ++i)
    put_column(out, columns[i], rows.types()[i], dialect_.version);
  state_->out.append(out);
}

void Response::no_columns() {
  state_->rows.reset();
  std::string out;
  put_token(out, Token::kColumns);
  put(out, kNoColumns);
  state_->out.append(out);
}

void Response::rows(const engine::Chunk& rows) {
  check(state_->rows.has_value(), "rows come after their columns");
  state_->rows->write(rows, state_->out);
}

void Response::notice(const Notice& notice) {
  std::string rest;
  put(rest, static_cast<std::int32_t>(notice.number));
  put(rest, static_cast<std::uint8_t>(std::clamp(notice.state, 0, 255)));
  put(rest, static_cast<std::uint8_t>(std::clamp(notice.severity, 0, 25)));
  const std::size_t shown = detail::utf8_prefix_of_units(notice.text, kNoticeUnitsMax);
  put_us_varchar(rest, std::string_view(notice.text).substr(0, shown));
  put_b_varchar(rest, server_name_);
  put_b_varchar(rest, notice.procedure);
  if (dialect_.version >= Version::k72) {
    put(rest, static_cast<std::int32_t>(notice.line));
  } else {
    put(rest, static_cast<std::uint16_t>(std::clamp(notice.line, 0, 0xFFFF)));
  }
  const bool error = notice.severity >= kErrorSeverity;
  state_->out.append(with_length(error ? Token::kError : Token::kInfo, rest));
}

void Response::done(const Done& done) {
  std::uint16_t status = 0;
  if (done.more) status |= kMore;
  if (done.error) status |= kFailed;
  if (done.attention) status |= kAttention;
  if (done.rows) status |= kCount;
  std::string out;
  put_token(out, done.kind == DoneKind::kBatch       ? Token::kDone
                 : done.kind == DoneKind::kProcedure ? Token::kDoneProcedure
                                                     : Token::kDoneInProcedure);
  put(out, status);
  put(out, done.command);
  const std::uint64_t rows = done.rows.value_or(0);
  if (dialect_.version >= Version::k72) {
    put(out, rows);
  } else {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();
    put(out, static_cast<std::uint32_t>(std::min(rows, kMost)));
  }
  state_->out.append(out);
}

void Response::environment(Environment what, std::string_view new_value,
                           std::string_view old_value) {
  // Transactions have had descriptors since 7.2; a client of 7.1 knows none of these.
  if (what >= Environment::kBegin && dialect_.version < Version::k72) return;
  std::string rest;
  put(rest, static_cast<std::uint8_t>(what));
  switch (what) {
    case Environment::kDatabase:
    case Environment::kLanguage:
    case Environment::kPacketSize:
      put_b_varchar(rest, new_value);
      put_b_varchar(rest, old_value);
      break;
    case Environment::kCollation: {
      const detail::CollationBytes collation = detail::collation_bytes({});
      put_bytes(rest, std::string_view(collation.data(), collation.size()));
      put_bytes(rest, {});
      break;
    }
    case Environment::kBegin:
      put_bytes(rest, transaction_bytes(dialect_.transaction));
      put_bytes(rest, {});
      break;
    case Environment::kCommit:
    case Environment::kRollback:
      put_bytes(rest, {});
      put_bytes(rest, transaction_bytes(dialect_.transaction));
      break;
    case Environment::kReset:
      put_bytes(rest, {});
      put_bytes(rest, {});
      break;
  }
  state_->out.append(with_length(Token::kEnvironment, rest));
}

void Response::return_status(int status) {
  std::string out;
  put_token(out, Token::kReturnStatus);
  put(out, static_cast<std::int32_t>(status));
  state_->out.append(out);
}

void Response::return_value(std::string_view name, std::uint16_t place,
                            const sql::ResultColumn& type,
                            const std::optional<std::string>& value) {
  constexpr std::uint8_t kOutputParameter = 1;
  const detail::TypeInfo wire = detail::output_type_info_of(type, dialect_);
  std::string out;
  put_token(out, Token::kReturnValue);
  put(out, place);
  put_b_varchar(out, name);
  put(out, kOutputParameter);
  put_column_type(out, type, wire, dialect_.version);
  detail::append_value(out, wire, value);
  state_->out.append(out);
}

void Response::login_ack(std::string_view program, std::uint32_t program_version) {
  constexpr std::uint8_t kTransactSql = 1;
  std::string rest;
  put(rest, kTransactSql);
  put_high_first(rest, acknowledged(dialect_.version));
  put_b_varchar(rest, program);
  put_high_first(rest, program_version);
  state_->out.append(with_length(Token::kLoginAck, rest));
}

void Response::features(std::span<const std::pair<std::uint8_t, std::string>> features) {
  std::string out;
  put_token(out, Token::kFeatures);
  for (const auto& [id, data] : features) {
    put(out, id);
    put(out, static_cast<std::uint32_t>(data.size()));
    out += data;
  }
  put(out, kFeaturesEnd);
  state_->out.append(out);
}

void Response::flush() { state_->out.flush(); }

}  // namespace tarn::tds
