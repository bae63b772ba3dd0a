#include "detail/exec/target_place.h"

#include "detail/bind/binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"

namespace tarn::sql {
namespace {

ast::TableSourcePtr make_source(ast::TableSourceNode node, ast::Span span) {
  auto source = std::make_unique<ast::TableSource>();
  source->span = span;
  source->node = std::move(node);
  return source;
}

void collect_leaves(const ast::TableSource& source, std::vector<const ast::TableSource*>& leaves) {
  if (const auto* join = std::get_if<ast::Join>(&source.node)) {
    collect_leaves(*join->left, leaves);
    collect_leaves(*join->right, leaves);
  } else {
    leaves.push_back(&source);
  }
}

Error not_updatable(int number, const std::string& name, std::string_view why, ast::Span span) {
  return failure(number, "View '" + name + "' is not updatable because " + std::string(why) + ".",
                 span, "Name the table itself, and join to it in FROM.");
}

}  // namespace

TargetPlace::TargetPlace(std::shared_ptr<StatementContext> context,
                         const std::vector<ast::CommonTable>& ctes, const ast::Target& target,
                         ast::Span span, ast::TableSourcePtr& from, const ast::TableAlias& alias)
    : context_(std::move(context)), home_(from), target_(target) {
  if (!from || !find_in(*from, span)) {
    ast::TableSourcePtr own =
        std::holds_alternative<ast::Variable>(target)
            ? make_source(ast::VariableTable{std::get<ast::Variable>(target).name}, span)
            : make_source(ast::NamedTable{std::get<ast::Name>(target), {}}, span);
    own->alias.name = alias.name;
    node_ = own.get();
    if (!from) {
      whole_ = std::move(own);
    } else {
      lent_ = true;
      whole_ = make_source(
          ast::Join{ast::JoinKind::kCross, std::move(own), std::move(home_), nullptr}, span);
    }
  }
  try {
    descend(*node_, &ctes, ctes.size(), span);
  } catch (...) {
    if (lent_) home_ = std::move(std::get<ast::Join>(whole_->node).right);
    throw;
  }
}

TargetPlace::~TargetPlace() {
  if (lent_) home_ = std::move(std::get<ast::Join>(whole_->node).right);
}

bool TargetPlace::same_table(const ast::Name& a, const ast::Name& b) const {
  if (a.last().text.starts_with('#') || b.last().text.starts_with('#'))
    return equal_ignoring_case(a.last().text, b.last().text);
  try {
    return equal_ignoring_case(context_->object_name(a).text(), context_->object_name(b).text());
  } catch (const Error&) {  // of a database that is not there: FROM's own error says so
    return false;
  }
}

bool TargetPlace::find_in(const ast::TableSource& from, ast::Span span) {
  std::vector<const ast::TableSource*> leaves;
  collect_leaves(from, leaves);
  if (const auto* variable = std::get_if<ast::Variable>(&target_)) {
    for (const ast::TableSource* leaf : leaves) {
      const auto* table = std::get_if<ast::VariableTable>(&leaf->node);
      if (table && equal_ignoring_case(table->name, variable->name)) return (node_ = leaf);
    }
    return false;
  }
  const ast::Name name = std::get<ast::Name>(target_);
  for (const ast::TableSource* leaf : leaves) {
    if (name.parts.size() != 1 || !leaf->alias.name ||
        !equal_ignoring_case(leaf->alias.name->text, name.last().text))
      continue;
    return (node_ = leaf);
  }
  const ast::TableSource* found = nullptr;
  for (const ast::TableSource* leaf : leaves) {
    const auto* table = std::get_if<ast::NamedTable>(&leaf->node);
    if (!table || !same_table(table->name, name)) continue;
    if (!found || (found->alias.name && !leaf->alias.name)) {
      found = leaf;
    } else if (static_cast<bool>(found->alias.name) == static_cast<bool>(leaf->alias.name)) {
      throw failure(8154, "The table '" + name.last().text + "' is ambiguous.", span,
                    "Give it an alias in FROM, and name that.");
    }
  }
  return (node_ = found);
}

void TargetPlace::descend(const ast::TableSource& leaf, const CommonTables* ctes,
                          std::size_t visible, ast::Span span) {
  if (const auto* derived = std::get_if<ast::DerivedTable>(&leaf.node)) {
    return descend(*derived->query, leaf.alias.name ? leaf.alias.name->text : "", ctes, visible,
                   span);
  }
  if (const auto* variable = std::get_if<ast::VariableTable>(&leaf.node)) {
    node_ = &leaf;
    target_ = ast::Variable{variable->name};
    return;
  }
  const auto* table = std::get_if<ast::NamedTable>(&leaf.node);
  if (!table) {
    throw failure(4421,
                  "Derived table '" + (leaf.alias.name ? leaf.alias.name->text : std::string()) +
                      "' is not updatable because a column of the derived table is derived or "
                      "constant.",
                  span, "Name a table of the FROM clause.");
  }
  const ast::Name& name = table->name;
  for (std::size_t i = visible; name.parts.size() == 1 && i-- > 0;) {
    const ast::CommonTable& common = (*ctes)[i];
    if (equal_ignoring_case(common.name.text, name.last().text))
      return descend(*common.query, common.name.text, ctes, i, span);
  }
  if (!name.last().text.starts_with('#') && name.parts.size() <= 3) {
    const auto module = find_module(context_->facts().session, context_->object_name(name));
    if (module && module->kind == ModuleKind::kView) {
      auto resolved = context_->resolve_table(name);
      ViewSource view = std::move(std::get<ViewSource>(resolved));
      context_ = std::dynamic_pointer_cast<StatementContext>(view.context);
      check(context_ != nullptr, "a view without surroundings of the session");
      const std::shared_ptr<const ast::Query> query = view.query;
      views_.emplace(&leaf, std::move(view));
      return descend(*query, name.last().text, &query->ctes, query->ctes.size(), span);
    }
  }
  node_ = &leaf;
  target_ = name;
}

void TargetPlace::descend(const ast::Query& query, const std::string& name,
                          const CommonTables* ctes, std::size_t visible, ast::Span span) {
  if (++depth_ > kViewDepthMax) {
    throw failure(217,
                  "Maximum stored procedure, function, trigger, or view nesting level exceeded "
                  "(limit " +
                      std::to_string(kViewDepthMax) + ").",
                  span);
  }
  indirect_ = true;
  const auto* select = std::get_if<ast::Select>(&query.term->node);
  if (!select) throw not_updatable(4426, name, "the definition contains a UNION operator", span);
  if (select->distinct || select->has_group_by || select->having) {
    throw failure(4403,
                  "Cannot update the view or function '" + name +
                      "' because it contains aggregates, or a DISTINCT or GROUP BY clause, or "
                      "PIVOT or UNPIVOT operator.",
                  span);
  }
  std::vector<const ast::TableSource*> leaves;
  if (select->from) collect_leaves(*select->from, leaves);
  if (leaves.size() > 1) {
    throw not_supported("changing rows through '" + name + "', which joins tables", span,
                        "Name the table itself, and join to it in FROM.");
  }
  if (leaves.empty()) throw not_updatable(4406, name, "it reads no table", span);
  descend(*leaves.front(), ctes, visible, span);
}

}  // namespace tarn::sql
