#pragma once
// Values that a client hands in beside a batch's text, and gets back from a procedure.

#include <optional>
#include <string>

namespace tarn::sql {

/// A parameter of a batch or a procedure. The value's text is: of bit 0 or 1; of numbers their
/// digits ("-1.50", "1.5E+308"); date 2024-01-31, time 12:30:00.123, datetime and datetime2
/// 2024-01-31 12:30:00.123, datetimeoffset the same on its own clock with +01:00; of text the text
/// (UTF-8); of binary types the bytes themselves; of uniqueidentifier with hyphens. Nothing is
/// NULL.
struct Parameter {
  std::string name;  // "@p1"; empty: by its place
  std::string type;  // as a declaration has it: "nvarchar(4000)"
  std::optional<std::string> value;
  bool output = false;       // the value that it has in the end is put back
  bool use_default = false;  // the procedure's own default
};

}  // namespace tarn::sql
