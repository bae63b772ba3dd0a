#pragma once
// A .test file: what to run and what must come of it. docs/testing-sql.md describes the form.

#include <string>
#include <string_view>
#include <vector>

namespace tarn::sqltest {

struct Record {
  enum class Kind {
    kStatement,   // statement ok | statement error NUMBER | statement error /PATTERN/ | statement
                  // count N
    kQuery,       // query TYPES [rowsort]
    kColumns,     // columns
    kMessages,    // messages
    kTranscript,  // transcript
    kSnapshot,    // snapshot
    kConnection,  // connection NAME
    kDatabase,    // database NAME
    kRestart,     // restart
    kRequire,     // require onnxruntime
    kFile,        // file LAKE/PATH
    kModel,       // model NAME INPUT...
    kPool,        // pool pause|resume NAME
  };
  Kind kind = Kind::kStatement;
  int line = 0;                        // of the directive
  std::vector<std::string> arguments;  // behind the directive's first word
  std::string body;                    // the SQL, or a file's content
  std::vector<std::string> expected;   // the lines behind ----
};

/// Throws tarn::Error(kInvalidArgument) with the line of what is no record.
std::vector<Record> parse_script(std::string_view text, std::string_view file_name);

}  // namespace tarn::sqltest
