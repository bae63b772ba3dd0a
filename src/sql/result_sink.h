#pragma once
// Where the results of a batch go. The surfaces implement ResultSink: JSON rows, Arrow, the CLI's
// tables, TDS.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/chunk.h"
#include "engine/type.h"

namespace tarn::sql {

/// A result column with SQL Server's type. The chunks carry the engine's representation of it:
/// bit: bool; tinyint: uint8; smallint, int, bigint: int16/32/64; decimal, numeric, money,
/// smallmoney: decimal; real, float: float, double; char family: UTF-8 text; binary family: blob;
/// date: days; time: microseconds; smalldatetime, datetime, datetime2: timestamp in microseconds;
/// datetimeoffset: 128 bits, see sql/offset_moment.h; uniqueidentifier: uuid.
struct ResultColumn {
  std::string name;       // empty for an expression without an alias
  std::string type;       // "decimal(10,2)", "nvarchar(max)"
  std::string type_name;  // "decimal", "nvarchar"
  int max_length = 0;     // bytes, as sys.columns has it; -1 for (max)
  int precision = 0;
  int scale = 0;
  bool nullable = true;
  std::string collation;  // of character types
  engine::Type engine_type;
};

/// A message: PRINT, RAISERROR below severity 11, notes. One of severity 11 and up is an error that
/// ended its statement, while the batch went on.
struct Message {
  int number = 0;
  int severity = 0;
  int state = 1;
  int line = 0;
  std::string procedure;
  std::string text;
};

enum class TransactionEvent { kBegun, kCommitted, kRolledBack };

/// Called on the thread that executes the batch, in order. A sink that blocks holds the query back;
/// one that throws ends it.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  /// A result set begins.
  virtual void on_columns(const std::vector<ResultColumn>& columns) = 0;
  /// Some of its rows. The chunk is valid during the call.
  virtual void on_rows(const engine::Chunk& rows) = 0;
  /// The result set is complete.
  virtual void on_rows_end(std::int64_t rows) = 0;
  /// A statement without a result set changed so many rows. Not called under SET NOCOUNT ON.
  virtual void on_rows_affected(std::int64_t rows) = 0;
  virtual void on_message(const Message& message) = 0;
  /// A statement failed and the batch goes on. True: the sink has told its client. False: the
  /// session hands it on, to on_message() when another error follows, else by throwing it at the
  /// batch's end; so each error arrives once.
  virtual bool on_error(const Error&) { return false; }
  /// EXEC of a procedure from the outermost batch ended with this return code.
  virtual void on_return_code(int) {}
  /// A transaction of the session began or ended: Session::transaction() as it was under way.
  virtual void on_transaction(TransactionEvent, std::uint64_t /*id*/) {}
  /// True for a sink that has no place for a datetimeoffset's offset: such columns then come as
  /// the engine's timestamps in UTC.
  virtual bool wants_instants() const { return false; }
};

/// The cell's text as sqlcmd and CAST(... AS varchar) show it ("2026-11-20 14:03:07.1234567",
/// "0x1F", "1"); the row must not be NULL there.
std::string cell_text(const ResultColumn& column, const engine::Column& values, std::size_t row);
/// Appends the cell as JSON: null, true/false for bit, numbers, and text for all else (decimals and
/// bigints keep their digits as JSON numbers; binary is base64).
void append_cell_json(const ResultColumn& column, const engine::Column& values, std::size_t row,
                      std::string& out);

}  // namespace tarn::sql
