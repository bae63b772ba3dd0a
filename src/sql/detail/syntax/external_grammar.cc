// CREATE EXTERNAL TABLE, EXTERNAL DATA SOURCE, EXTERNAL FILE FORMAT and DATABASE SCOPED CREDENTIAL.

#include "detail/syntax/grammar.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {

std::optional<ast::ObjectKind> Grammar::external_kind(std::size_t ahead) {
  using Kind = ast::ObjectKind;
  if (at_word("DATABASE", ahead) && at_word("SCOPED", ahead + 1) &&
      at_word("CREDENTIAL", ahead + 2))
    return Kind::kCredential;
  if (!at_word("EXTERNAL", ahead)) return std::nullopt;
  if (at_word("TABLE", ahead + 1)) return Kind::kExternalTable;
  if (at_word("DATA", ahead + 1) && at_word("SOURCE", ahead + 2)) return Kind::kExternalDataSource;
  if (at_word("FILE", ahead + 1) && at_word("FORMAT", ahead + 2)) return Kind::kExternalFileFormat;
  return std::nullopt;
}

void Grammar::take_external_kind(ast::ObjectKind kind) {
  const int words = kind == ast::ObjectKind::kExternalTable ? 2 : 3;
  for (int i = 0; i < words; ++i) take();
}

std::optional<ast::StatementNode> Grammar::create_external() {
  const auto kind = external_kind(1);
  if (!kind) return std::nullopt;
  const ast::Span start = take().span;
  take_external_kind(*kind);
  if (*kind == ast::ObjectKind::kExternalTable) return create_external_table(start);
  ast::CreateExternal result;
  result.kind = *kind;
  result.name = identifier("a name");
  expect_word("WITH");
  result.options = *kind == ast::ObjectKind::kCredential ? credential_options() : option_list();
  const ast::Span whole = span_from(start);
  result.definition = std::string(text_.substr(whole.offset, whole.length));
  return result;
}

/// IDENTITY = '…' [, SECRET = '…'], without brackets.
std::vector<ast::Option> Grammar::credential_options() {
  std::vector<ast::Option> result;
  do {
    result.push_back(option());
  } while (accept_symbol(","));
  return result;
}

ast::StatementNode Grammar::create_external_table(ast::Span start) {
  ast::CreateExternalTable result;
  result.name = name("an external table");
  if (at_symbol("(")) result.columns = column_definitions(nullptr);
  expect_word("WITH");
  result.options = option_list();
  if (accept_word("AS")) result.as_select = query();
  const ast::Span whole = span_from(start);
  result.definition = std::string(text_.substr(whole.offset, whole.length));
  return result;
}

}  // namespace tarn::sql
