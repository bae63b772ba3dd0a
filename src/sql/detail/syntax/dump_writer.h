#pragma once
// Writes the nodes of a syntax tree as S-expressions. Queries and expressions are in dump.cc,
// statements in dump_statement.cc.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "detail/syntax/ast.h"

namespace tarn::sql {

class DumpWriter {
 public:
  void expr(const ast::Expr& expr);
  void query(const ast::Query& query);
  void for_clause(const ast::ForClause& clause);
  void statement(const ast::Statement& statement);
  std::string take() { return std::move(out_); }

 private:
  void word(std::string_view text);
  void open(std::string_view head);
  void close() { out_ += ')'; }
  void text(std::string_view value);
  void identifier(const ast::Identifier& identifier);
  void identifiers(std::string_view head, const std::vector<ast::Identifier>& identifiers);
  void name(const ast::Name& name);
  void optional(std::string_view head, const ast::ExprPtr& value);
  void exprs(std::string_view head, const std::vector<ast::ExprPtr>& values);
  void order(std::string_view head, const std::vector<ast::OrderItem>& items);
  void option(const ast::Option& option);
  void options(const std::vector<ast::Option>& options);
  void schema(std::string_view head, const std::vector<ast::SchemaColumn>& columns);
  void window(const ast::Window& window);
  void call(const ast::FunctionCall& call);
  void cast(const ast::Cast& cast);
  void case_expression(const ast::Case& node);
  void binary(std::string_view head, const ast::ExprPtr& left, const ast::ExprPtr& right);
  void alias(const ast::TableAlias& alias);
  void rows(const std::vector<std::vector<ast::ExprPtr>>& rows);
  void source(const ast::TableSource& source);
  void item(const ast::SelectItem& item);
  void top(const ast::Top& top);
  void grouping(const ast::GroupingElement& element);
  void select(const ast::Select& select);
  void term(const ast::QueryTerm& term);
  void ctes(const std::vector<ast::CommonTable>& ctes);
  void assignment(const ast::Assignment& assignment);
  void assign(ast::AssignOp op, std::string_view variable, const ast::Expr& value);

  void head_of(const ast::CreateMode mode, std::string_view kind);
  void target(const ast::Target& target);
  void outputs(const std::vector<ast::OutputClause>& clauses);
  void columns(const std::vector<ast::ColumnDefinition>& columns);
  void constraint(const ast::Constraint& constraint);
  void body(std::string_view head, const std::vector<ast::StatementPtr>& statements);
  void execute(const ast::Execute& node);
  void declare(const ast::Declare& node);
  void insert(const ast::Insert& node);
  void update(const ast::Update& node);
  void remove(const ast::Delete& node);
  void merge(const ast::Merge& node);
  void merge_clause(const ast::Merge::Clause& clause);
  void copy(const ast::Copy& node);
  void create_table(const ast::CreateTable& node);
  void create_view(const ast::CreateView& node);
  void create_procedure(const ast::CreateProcedure& node);
  void create_function(const ast::CreateFunction& node);
  void parameters(const std::vector<ast::Parameter>& parameters);
  void drop(const ast::Drop& node);
  void set_option(const ast::SetOption& node);
  void transaction(const ast::Transaction& node);
  void try_catch(const ast::TryCatch& node);
  void if_statement(const ast::If& node);

  std::string out_;
};

}  // namespace tarn::sql
