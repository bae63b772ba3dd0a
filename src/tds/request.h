#pragma once
// What a client asks for, once its bytes are read.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/chunk.h"
#include "sql/result_sink.h"

namespace tarn::tds {

/// The value of a parameter, in the text form of sql::Parameter (sql/parameter.h); nothing is NULL.
struct RpcParameter {
  std::string name;  // "@p1"; empty where parameters go by place
  bool output = false;
  bool use_default = false;  // the procedure's default, no value
  std::string type;          // as a declaration has it: "nvarchar(4000)", "decimal(38,10)"
  std::optional<std::string> value;
};

/// The numbers of the procedures that clients call without their name ([MS-TDS] 2.2.6.6).
enum class ProcedureId : std::uint16_t {
  kNone = 0,
  kCursor = 1,
  kCursorOpen = 2,
  kCursorPrepare = 3,
  kCursorExecute = 4,
  kCursorPrepExec = 5,
  kCursorUnprepare = 6,
  kCursorFetch = 7,
  kCursorOption = 8,
  kCursorClose = 9,
  kExecuteSql = 10,
  kPrepare = 11,
  kExecute = 12,
  kPrepExec = 13,
  kPrepExecRpc = 14,
  kUnprepare = 15,
};

struct Rpc {
  std::string procedure;  // as sent; "sp_executesql" for its number
  ProcedureId id = ProcedureId::kNone;
  bool no_metadata = false;  // the client knows the columns: COLMETADATA may be left out
  std::vector<RpcParameter> parameters;
};

struct TransactionRequest {
  enum class Kind { kBegin, kCommit, kRollback, kSave };

  Kind kind = Kind::kBegin;
  std::string name;             // of the transaction or save point; may be empty
  std::uint8_t isolation = 0;   // 0: as it is; 1 to 5 as SET TRANSACTION ISOLATION LEVEL lists them
  bool begins_another = false;  // commit or rollback, and at once begin again
};

/// The rows of a bulk load, as they come in; for one pass, on the thread that handles the request.
class BulkReader {
 public:
  virtual ~BulkReader() = default;
  /// Those of the client's COLMETADATA, in its order, with the engine's type of their values.
  virtual const std::vector<sql::ResultColumn>& columns() const = 0;
  /// Fills `rows` (made with the columns' engine types) up to kChunkRowsMax; false at the end.
  /// Waits for the client. Throws Error (4022 and its like) for bytes that are no rows,
  /// Error(kCancelled) when the client goes away or cancels.
  virtual bool read(engine::ChunkBuilder& rows) = 0;
};

}  // namespace tarn::tds
