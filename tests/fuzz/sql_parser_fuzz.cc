// Feeds arbitrary text to the lexer, the parser, the batch splitter and the caret. Nothing but
// tarn::Error may leave them, and what they say about places must lie within the text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "detail/syntax/dump.h"
#include "detail/syntax/parser.h"
#include "sql/batch.h"
#include "sql/caret.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void parse(std::string_view text) {
  try {
    const tarn::sql::ast::Batch batch = tarn::sql::parse_batch(text);
    for (const auto& statement : batch.statements) require(statement->span.end() <= text.size());
    tarn::sql::to_string(batch);
  } catch (const tarn::Error& error) {
    require(!error.message().empty());
    if (error.place()) tarn::sql::render_caret(text, *error.place());
  }
}

void split(std::string_view text) {
  try {
    for (const tarn::sql::ScriptBatch& batch : tarn::sql::split_batches(text)) {
      require(batch.text.data() >= text.data());
      require(batch.text.data() + batch.text.size() <= text.data() + text.size());
    }
  } catch (const tarn::Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  parse(text);
  split(text);
  return 0;
}
