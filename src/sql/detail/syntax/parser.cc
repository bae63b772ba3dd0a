#include "detail/syntax/parser.h"

#include <utility>

#include "base/text.h"
#include "detail/syntax/grammar.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

void check_text(std::string_view text) {
  if (text.size() > kBatchBytesMax) {
    throw Error(Code::kTooLarge,
                "The batch is larger than " + std::to_string(kBatchBytesMax) + " bytes.",
                "Load data with COPY INTO, or split the batch.");
  }
  if (!valid_utf8(text)) throw Error(Code::kInvalidArgument, "The batch is not valid UTF-8.");
}

}  // namespace

ast::Batch parse_batch(std::string_view text) {
  check_text(text);
  ast::Batch batch;
  batch.text = text;
  batch.statements = Grammar(batch.text).batch();
  return batch;
}

ast::ExprPtr parse_expression(std::string_view text) {
  check_text(text);
  Grammar grammar(text);
  ast::ExprPtr result = grammar.expression();
  grammar.expect_end();
  return result;
}

ast::QueryPtr parse_query(std::string_view text) {
  check_text(text);
  Grammar grammar(text);
  ast::QueryPtr result = grammar.query();
  grammar.expect_end();
  return result;
}

ast::TypeName parse_type_name(std::string_view text) {
  check_text(text);
  Grammar grammar(text);
  ast::TypeName result = grammar.type_name();
  grammar.expect_end();
  return result;
}

}  // namespace tarn::sql
