#pragma once
// Where the target of UPDATE, DELETE or MERGE stands in what the statement reads: in its FROM by
// alias or as the same table, else joined to it. A view, common or derived table over one table
// stands for that table.

#include <map>
#include <memory>
#include <vector>

#include "detail/exec/statement_context.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

/// Restores the statement's FROM when it goes.
class TargetPlace {
 public:
  /// Throws 4403, 4426 and their like for a view that no row can be changed through.
  TargetPlace(std::shared_ptr<StatementContext> context, const std::vector<ast::CommonTable>& ctes,
              const ast::Target& target, ast::Span span, ast::TableSourcePtr& from,
              const ast::TableAlias& alias = {});
  ~TargetPlace();
  TargetPlace(const TargetPlace&) = delete;

  /// The table itself: what an alias or a view stands for.
  const ast::Target& table() const { return target_; }
  /// Where the table's name means something.
  StatementContext& context() const { return *context_; }
  const ast::TableSource* node() const { return node_; }
  const ast::TableSource* from() const { return whole_ ? whole_.get() : home_.get(); }
  const std::map<const ast::TableSource*, ViewSource>& views() const { return views_; }
  /// A row of the target may be found more than once.
  bool joined() const { return static_cast<bool>(home_) || lent_; }
  /// A view, common or derived table stands before the table.
  bool indirect() const { return indirect_; }

 private:
  using CommonTables = std::vector<ast::CommonTable>;

  bool same_table(const ast::Name& a, const ast::Name& b) const;
  bool find_in(const ast::TableSource& from, ast::Span span);
  /// Goes down from a leaf of FROM to the table; `visible` of `ctes` are those that it may name.
  void descend(const ast::TableSource& leaf, const CommonTables* ctes, std::size_t visible,
               ast::Span span);
  void descend(const ast::Query& query, const std::string& name, const CommonTables* ctes,
               std::size_t visible, ast::Span span);

  std::shared_ptr<StatementContext> context_;
  ast::TableSourcePtr& home_;
  ast::Target target_;
  const ast::TableSource* node_ = nullptr;
  ast::TableSourcePtr whole_;
  bool lent_ = false;
  bool indirect_ = false;
  int depth_ = 0;
  std::map<const ast::TableSource*, ViewSource> views_;
};

}  // namespace tarn::sql
