#include "detail/exec/request_label.h"

namespace tarn::sql {
namespace {

const std::vector<ast::Option>* options_of(const ast::Statement& statement) {
  if (const auto* node = std::get_if<ast::SelectStatement>(&statement.node))
    return &node->query->options;
  if (const auto* node = std::get_if<ast::Insert>(&statement.node)) {
    const auto* query = std::get_if<ast::QueryPtr>(&node->source);
    return query && !(*query)->options.empty() ? &(*query)->options : &node->options;
  }
  if (const auto* node = std::get_if<ast::Update>(&statement.node)) return &node->options;
  if (const auto* node = std::get_if<ast::Delete>(&statement.node)) return &node->options;
  if (const auto* node = std::get_if<ast::CreateTable>(&statement.node))
    return node->as_select ? &node->as_select->options : nullptr;
  return nullptr;
}

}  // namespace

std::string label_of(const ast::Statement& statement) {
  std::string label;
  const std::vector<ast::Option>* options = options_of(statement);
  if (!options) return label;
  for (const ast::Option& option : *options) {
    const auto* text = option.name == "LABEL" && option.value
                           ? std::get_if<ast::StringLiteral>(&option.value->node)
                           : nullptr;
    if (text) label = text->value;
  }
  return label;
}

void note_label(SessionState& session, const ast::Statement& statement) {
  if (!session.ticket) return;
  if (std::string label = label_of(statement); !label.empty())
    session.ticket->set_label(std::move(label));
}

}  // namespace tarn::sql
