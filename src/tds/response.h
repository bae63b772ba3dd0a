#pragma once
// The tokens of an answer ([MS-TDS] 2.2.7), written one after the other.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chunk.h"
#include "sql/result_sink.h"
#include "tds/login.h"

namespace tarn::tds {

/// Takes an answer's bytes on their way to the client. write() blocks while the client is slow;
/// throws Error(kCancelled) when it is gone or has sent an attention. It sends all that it was
/// given even then, where the client is still there: a client that cancels reads tokens on, so the
/// answer must not end amid one. Each call's bytes end with a token, but where a row is larger than
/// 1 MB; Response gives such a row its end, which waits for flush().
class ByteOutput {
 public:
  virtual ~ByteOutput() = default;
  virtual void write(std::string_view bytes) = 0;
  /// What was written goes to the client now, though it is less than a packet.
  virtual void flush() {}
};

/// What an answer depends on of its connection; may change between two requests.
struct Dialect {
  Version version = Version::k74;
  bool utf8 = false;  // text of UTF-8 collations is sent as it is, else as the code page or UTF-16
  /// Of the transaction under way, which clients echo; 0 outside one.
  std::uint64_t transaction = 0;
};

enum class Environment : std::uint8_t {
  kDatabase = 1,
  kLanguage = 2,
  kPacketSize = 4,
  kCollation = 7,  // the values are ignored: the server's collation is sent
  kBegin = 8,      // the values are ignored: 8 bytes of the transaction's descriptor are sent
  kCommit = 9,
  kRollback = 10,
  kReset = 18,
};

/// DONE for batches, DONEINPROC for statements inside a procedure or a parametrised text, DONEPROC
/// for their end.
enum class DoneKind { kBatch, kInProcedure, kProcedure };

/// Where a request's statement has ended.
struct Done {
  DoneKind kind = DoneKind::kBatch;
  bool more = true;  // another result of this request follows
  bool error = false;
  bool attention = false;
  std::optional<std::uint64_t> rows;  // nothing under SET NOCOUNT ON
  std::uint16_t command = 0;          // 0xC1 SELECT, 0xC3 INSERT, …; 0 where it is not known
};

/// ERROR (severity 11 and up) or INFO.
struct Notice {
  int number = 0;
  int severity = 0;
  int state = 1;
  int line = 0;
  std::string procedure;
  std::string text;  // cut at 4,000 characters
};

/// Not thread-safe. Texts are UTF-8 here and UTF-16 on the wire.
class Response {
 public:
  Response(ByteOutput& out, Dialect& dialect, std::string server_name);
  ~Response();
  Response(const Response&) = delete;

  Dialect& dialect() { return dialect_; }

  /// COLMETADATA. Types that the client's version does not know become what SQL Server sends then:
  /// date, time, datetime2, datetimeoffset as nvarchar before 7.3; (max) as text, ntext, image
  /// before 7.2.
  void columns(const std::vector<sql::ResultColumn>& columns);
  /// COLMETADATA of a statement that gives none, where one is due.
  void no_columns();
  /// ROW or NBCROW, of the columns announced last.
  void rows(const engine::Chunk& rows);

  void notice(const Notice& notice);
  void done(const Done& done);
  void environment(Environment what, std::string_view new_value, std::string_view old_value);
  void return_status(int status);
  /// RETURNVALUE: an output parameter, its value in the text form of sql::Parameter.
  void return_value(std::string_view name, std::uint16_t place, const sql::ResultColumn& type,
                    const std::optional<std::string>& value);
  /// LOGINACK with the version that `dialect` has.
  void login_ack(std::string_view program, std::uint32_t program_version);
  /// FEATUREEXTACK: (id, data) of each feature acknowledged.
  void features(std::span<const std::pair<std::uint8_t, std::string>> features);

  /// Bytes already made but not yet handed to the output go to it.
  void flush();

 private:
  struct State;

  Dialect& dialect_;
  std::string server_name_;
  std::unique_ptr<State> state_;
};

}  // namespace tarn::tds
