#pragma once
// The recursive-descent parser. One method a production; each begins at its first token and ends
// behind its last.
//
// expressions: expression_grammar.cc, call_grammar.cc; queries: query_grammar.cc,
// table_source_grammar.cc; statements: statement_grammar.cc, data_grammar.cc (INSERT, COPY, ...),
// definition_grammar.cc (CREATE, DROP), function_grammar.cc, alter_grammar.cc, external_grammar.cc,
// jump_grammar.cc (GOTO, labels, WAITFOR); tokens: grammar.cc.

#include <deque>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "detail/syntax/ast.h"
#include "detail/syntax/lexer.h"
#include "detail/syntax/token.h"

namespace tarn::sql {

class Grammar {
 public:
  explicit Grammar(std::string_view text) : text_(text), lexer_(text) {}

  std::vector<ast::StatementPtr> batch();
  ast::ExprPtr expression();
  ast::QueryPtr query();
  ast::TypeName type_name();
  /// Throws 102 unless everything was read.
  void expect_end();

 private:
  // Tokens (grammar.cc)
  const Token& peek(std::size_t ahead = 0);
  Token take();
  bool at_word(std::string_view word, std::size_t ahead = 0) { return peek(ahead).is_word(word); }
  bool at_symbol(std::string_view symbol, std::size_t ahead = 0) {
    return peek(ahead).is_symbol(symbol);
  }
  bool at_words(std::initializer_list<std::string_view> words);
  bool accept_word(std::string_view word);
  bool accept_words(std::initializer_list<std::string_view> words);
  bool accept_symbol(std::string_view symbol);
  void expect_word(std::string_view word);
  void expect_symbol(std::string_view symbol);
  /// 156 near a keyword, 102 near anything else; at the end near the last token. `expected` becomes
  /// the hint.
  [[noreturn]] void fail(std::string_view expected = {});
  [[noreturn]] void fail_near(const Token& token, std::string_view expected = {});
  ast::Span span_from(ast::Span start) const;

  /// Counts a level of nesting while it lives; throws 191 beyond kParserDepthMax.
  class Nesting;
  void check_height(int height, ast::Span span) const;

  // Names and small things (grammar.cc)
  ast::Identifier identifier(std::string_view expected = "a name");
  ast::Name name(std::string_view expected = "a name");
  std::optional<ast::Identifier> optional_alias();
  std::vector<ast::Identifier> identifier_list();  // with its brackets
  std::string string_literal(std::string_view expected);
  int integer_literal(std::string_view expected);
  std::string variable();
  std::vector<ast::Option> option_list();  // with its brackets
  ast::Option option();
  void option_value(ast::Option& option);
  ast::SchemaColumn schema_column();
  std::vector<ast::SchemaColumn> schema_columns();  // with its brackets

  // Expressions (expression_grammar.cc)
  enum class Want { kValue, kCondition, kEither };
  ast::ExprPtr value() { return additive(Want::kValue); }
  ast::ExprPtr condition();
  ast::ExprPtr disjunction(Want want);
  ast::ExprPtr conjunction(Want want);
  ast::ExprPtr negation(Want want);
  ast::ExprPtr predicate(Want want);
  ast::ExprPtr predicate_rest(ast::ExprPtr operand, bool negated);
  ast::ExprPtr comparison(ast::ExprPtr left);
  std::optional<ast::ComparisonOp> accept_comparison();
  ast::ExprPtr in_predicate(ast::ExprPtr operand, bool negated);
  ast::ExprPtr additive(Want want);
  ast::ExprPtr multiplicative(Want want);
  ast::ExprPtr unary(Want want);
  ast::ExprPtr postfix(Want want);
  /// What stands behind (SELECT … FOR XML …): .value(path, type).
  ast::ExprPtr xml_value(ast::ExprPtr xml, ast::Span start);
  ast::ExprPtr primary(Want want);
  ast::ExprPtr bracketed(Want want);
  ast::ExprPtr literal();
  ast::ExprPtr case_expression();
  ast::ExprPtr cast_call();
  ast::ExprPtr convert_call();
  bool at_query();
  bool at_query_in_brackets();
  bool at_function_keyword();
  bool at_bare_function();
  ast::ExprPtr name_or_call();
  ast::FunctionCall call(ast::Name name);
  void trim_arguments(ast::FunctionCall& call);
  void after_call(ast::FunctionCall& call);
  std::vector<ast::ExprPtr> value_list();  // without brackets, one at least
  std::vector<ast::OrderItem> order_items();
  ast::Window window_definition();  // with its brackets
  ast::WindowFrame window_frame();
  ast::FrameBound frame_bound();
  ast::ExprPtr make(ast::Span start, ast::ExprNode node,
                    std::initializer_list<const ast::Expr*> children = {});
  ast::ExprPtr make_over(ast::Span start, ast::ExprNode node, int children_height);
  static bool is_condition(const ast::Expr& expr);
  static int height_of(const std::vector<ast::ExprPtr>& exprs);
  static int height_of(const std::vector<ast::OrderItem>& items);
  static int height_of(const ast::Window& window);

  // Queries (query_grammar.cc)
  std::vector<ast::CommonTable> common_tables();
  ast::QueryPtr query_after_ctes(std::vector<ast::CommonTable> ctes, ast::Span start);
  ast::QueryPtr subquery();  // inside brackets that are already open; takes the closing one
  ast::QueryTermPtr union_term();
  ast::QueryTermPtr intersect_term();
  ast::QueryTermPtr query_primary();
  ast::QueryTermPtr set_operation(ast::SetOperation::Op op, bool all, ast::QueryTermPtr left,
                                  ast::QueryTermPtr right);
  ast::QueryTermPtr select();
  ast::Top top();
  ast::SelectItem select_item();
  std::optional<ast::AssignOp> accept_assignment();
  ast::GroupingElement grouping_element(bool nested);
  void group_by(ast::Select& select);
  void order_and_offset(ast::Query& query);
  void for_clause(ast::Query& query);
  void json_options(ast::ForClause& clause);
  void xml_options(ast::ForClause& clause);
  std::vector<std::vector<ast::ExprPtr>> value_rows();  // behind VALUES

  // Table sources (table_source_grammar.cc)
  ast::TableSourcePtr table_sources();
  ast::TableSourcePtr joined_table();
  ast::TableSourcePtr join(ast::TableSourcePtr left, ast::JoinKind kind);
  ast::TableSourcePtr table_primary();
  ast::TableSourcePtr bracketed_table();
  ast::TableSourcePtr named_table();
  ast::TableSourcePtr open_rowset();
  ast::TableSourcePtr predict();
  ast::TableSourcePtr pivots(ast::TableSourcePtr source);  // pivot_grammar.cc
  ast::TableSourcePtr pivot(ast::TableSourcePtr source);
  ast::TableSourcePtr unpivot(ast::TableSourcePtr source);
  std::optional<ast::JoinKind> accept_join();
  ast::TableAlias table_alias(bool columns_allowed = true);
  bool at_alias_word();
  void table_hints(ast::NamedTable& table);
  void table_hints_list(ast::NamedTable& table);  // with its brackets
  bool at_bracketed_hints();
  ast::TableSourcePtr make_source(ast::Span start, ast::TableSourceNode node,
                                  int children_height = 0);

  // Statements (statement_grammar.cc)
  std::vector<ast::StatementPtr> statements(std::initializer_list<std::string_view> ends);
  ast::StatementPtr statement();
  ast::StatementNode statement_node();
  std::optional<ast::StatementNode> control_statement();
  std::optional<ast::StatementNode> data_statement();
  std::optional<ast::StatementNode> definition_statement();
  std::optional<ast::StatementNode> unsupported_statement();
  void declare_name(const std::string& name, ast::Span span);
  ast::StatementNode goto_statement();
  ast::StatementNode label();
  ast::StatementNode wait_for();
  void check_labels() const;
  ast::StatementNode leave_loop(ast::StatementNode node, int number);
  ast::StatementNode declare();
  ast::StatementNode set();
  ast::SetOption set_option();
  ast::StatementNode if_statement();
  ast::StatementNode begin();
  ast::StatementNode transaction(ast::Transaction::Kind kind);
  ast::StatementNode raise_error();
  ast::StatementNode throw_statement();
  ast::StatementNode unsupported(std::string what, bool whole_batch = false);
  bool starts_statement(const Token& token) const;
  ast::Execute execute();
  ast::Execute::Argument execute_argument();
  bool at_statement_end();

  // Data (data_grammar.cc)
  ast::StatementNode with_statement();
  ast::StatementNode insert(std::vector<ast::CommonTable> ctes);
  ast::StatementNode insert_bulk();
  ast::StatementNode update(std::vector<ast::CommonTable> ctes);
  ast::StatementNode delete_from(std::vector<ast::CommonTable> ctes);
  ast::StatementNode merge(std::vector<ast::CommonTable> ctes);
  ast::Merge::Clause merge_clause();
  ast::StatementNode copy_into();
  ast::Target target(ast::Span& span);
  std::vector<ast::Assignment> assignments();
  ast::Assignment assignment();
  ast::ExprPtr value_or_default();
  std::vector<ast::OutputClause> output_clauses();
  ast::OutputClause output_clause();
  std::vector<ast::Option> optional_option_clause();

  // Definitions (definition_grammar.cc)
  ast::StatementNode create(bool alter);
  ast::StatementNode create_table();
  /// The text of a module from the batch's beginning, comments included; ALTER becomes CREATE, as
  /// SQL Server keeps it.
  std::string definition_from(ast::Span start);
  void check_first(ast::Span start, std::string_view kind) const;
  ast::StatementNode create_view(ast::CreateMode mode, ast::Span start);
  ast::StatementNode create_procedure(ast::CreateMode mode, ast::Span start);
  std::vector<ast::Parameter> parameters();  // with brackets or without
  ast::StatementNode create_function(ast::CreateMode mode, ast::Span start);  // function_grammar.cc
  std::vector<std::string> function_options();
  ast::QueryPtr returned_query();
  ast::StatementNode create_database();
  ast::StatementNode alter_database();
  ast::StatementNode rename_object();
  std::vector<ast::Option> database_options();
  ast::StatementNode create_schema();
  ast::StatementNode drop();
  // Definitions (alter_grammar.cc, external_grammar.cc)
  ast::StatementNode alter_table();
  ast::StatementNode statistics();
  std::optional<ast::StatementNode> create_external();
  std::optional<ast::ObjectKind> external_kind(std::size_t ahead);
  void take_external_kind(ast::ObjectKind kind);
  ast::StatementNode create_external_table(ast::Span start);
  std::vector<ast::Option> credential_options();

  // Logins, users, members of roles (security_grammar.cc)
  std::optional<ast::StatementNode> security_statement();
  ast::StatementNode create_login();
  ast::StatementNode alter_login();
  ast::StatementNode create_user();
  ast::StatementNode alter_role();
  std::string login_option(ast::LoginStatement& login);

  // Workload groups and classifiers (workload_grammar.cc)
  std::optional<ast::StatementNode> workload_statement();

  std::optional<std::string_view> unsupported_kind(std::size_t ahead);
  ast::Parameter parameter();
  std::vector<ast::ColumnDefinition> column_definitions(std::vector<ast::Constraint>* constraints);
  ast::ColumnDefinition column_definition();
  bool column_attribute(ast::ColumnDefinition& column);
  bool at_constraint();
  ast::Constraint constraint();
  std::vector<std::string> word_list();

  std::string_view text_;
  Lexer lexer_;
  std::deque<Token> ahead_;
  Token last_;  // the last one taken
  std::size_t tokens_ = 0;
  int depth_ = 0;
  int loops_ = 0;  // WHILEs around the statement
  std::set<std::string, CaseInsensitive>
      variables_;  // that the batch has declared, parameters included
  std::set<std::string, CaseInsensitive> labels_;
  std::vector<ast::Identifier> jumps_;  // the labels that a GOTO names
  bool first_in_batch_ = true;          // no statement has begun
  bool first_statement_ = false;        // the statement that begins is the batch's first
};

}  // namespace tarn::sql
