// sp_describe_undeclared_parameters: a parameter without a declaration is bound as an untyped NULL,
// which the binder converts to what its place needs; that type is the parameter's.

#include <algorithm>
#include <map>
#include <set>

#include "detail/bind/binder.h"
#include "detail/bind/row_binder.h"
#include "detail/bind/tree.h"
#include "detail/exec/arguments.h"
#include "detail/exec/describe.h"
#include "detail/exec/failure.h"
#include "detail/exec/modules.h"
#include "detail/exec/query_run.h"
#include "detail/exec/target_place.h"
#include "detail/exec/write_target.h"

namespace tarn::sql {
namespace {

/// The parameters of one text, by the place of each mention.
struct Mentions {
  std::vector<UndeclaredParameter> found;
  std::map<std::uint32_t, std::size_t> places;  // offset in the text: index into `found`

  std::size_t add(std::string_view name) {
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (equal_ignoring_case(found[i].name, name)) return i;
    }
    found.push_back({std::string(name), SqlType::null()});
    return found.size() - 1;
  }
  /// In the order in which the text has them; the binder meets them in its own.
  std::vector<UndeclaredParameter> in_order() const {
    std::vector<UndeclaredParameter> result;
    std::set<std::size_t> seen;
    for (const auto& [offset, parameter] : places) {
      if (seen.insert(parameter).second) result.push_back(found[parameter]);
    }
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (!seen.contains(i)) result.push_back(found[i]);
    }
    return result;
  }
  void learn(std::size_t parameter, const SqlType& type) {
    SqlType& known = found[parameter].type;
    if (known.id == TypeId::kNull && type.id != TypeId::kNull && type.id != TypeId::kBoolean)
      known = type;
  }
};

class MentioningContext : public StatementContext {
 public:
  MentioningContext(std::shared_ptr<StatementFacts> facts, const Frame* frame, std::string database,
                    Mentions& mentions)
      : StatementContext(std::move(facts), frame, std::move(database)),
        frame_(*frame),
        mentions_(mentions) {}

  Constant resolve_variable(std::string_view name, ast::Span span) override {
    if (frame_.variables.contains(std::string(name)))
      return StatementContext::resolve_variable(name, span);
    mentions_.places.emplace(span.offset, mentions_.add(name));
    return {SqlType::null(), std::nullopt};
  }

 private:
  const Frame& frame_;
  Mentions& mentions_;
};

/// Binds statement after statement, and reads the types of the NULLs that were parameters.
class Inference {
 public:
  Inference(Execution& run, Frame& frame, Mentions& mentions)
      : run_(run), frame_(frame), mentions_(mentions) {}

  void infer(std::vector<ast::StatementPtr>& statements) {
    for (ast::StatementPtr& statement : statements) infer(statement);
  }

 private:
  void infer(ast::StatementPtr& statement) {
    if (!statement) return;
    const auto visitor = ast::Overloaded{
        [&](ast::SelectStatement& node) { read(Binder(*context()).bind_query(*node.query)); },
        [&](ast::Insert& node) { insert(node); },
        [&](ast::Update& node) { update(node); },
        [&](ast::Delete& node) { remove(node); },
        [&](ast::Block& node) { infer(node.statements); },
        [&](ast::If& node) {
          read(*Binder(*context()).bind_condition(*node.condition));
          infer(node.then);
          infer(node.otherwise);
        },
        [&](ast::While& node) {
          read(*Binder(*context()).bind_condition(*node.condition));
          infer(node.body);
        },
        [&](ast::Declare& node) { declare(node); },
        [&](ast::SetVariable& node) { assign(node); },
        [&](ast::Execute& node) { call(node); },
        [&](auto&) {}};
    try {
      std::visit(visitor, statement->node);
    } catch (const Error& error) {
      throw completed(error, statement->span);
    }
  }

  /// One a statement: it must outlive what it binds.
  std::shared_ptr<MentioningContext> context() {
    context_ = std::make_shared<MentioningContext>(
        std::make_shared<StatementFacts>(run_.session, run_.cancel), &frame_,
        frame_.database.empty() ? run_.session.database : frame_.database, mentions_);
    return context_;
  }

  void read(bound::Query query) {
    for_each_expression(query, [&](bound::ExprPtr& expr) { read(*expr); });
  }
  void read(bound::Expr& expr) {
    const auto* literal = std::get_if<bound::Literal>(&expr.node);
    if (literal && !literal->text) {
      if (const auto found = mentions_.places.find(expr.span.offset);
          found != mentions_.places.end()) {
        mentions_.learn(found->second, expr.type);
      }
    }
    for_each_child(expr, [&](bound::ExprPtr& child) { read(*child); });
  }

  void insert(ast::Insert& node) {
    const auto here = context();
    const WriteTarget target = WriteTarget::resolve(run_, *here, node.target, node.target_span,
                                                    identity::actions::kSqlInsert);
    const auto columns = target.chosen_columns(target.chosen(node.columns));
    if (const auto* rows = std::get_if<ast::Insert::Rows>(&node.source)) {
      for (const auto& row : *rows) {
        for (std::size_t i = 0; i < std::min(row.size(), columns.size()); ++i) {
          // NULL may not be stored in each column; a parameter that stands there may.
          if (std::holds_alternative<ast::DefaultValue>(row[i]->node)) continue;
          read(*Binder(*here).bind_value(*row[i], &columns[i].type));
        }
      }
    } else if (const auto* query = std::get_if<ast::QueryPtr>(&node.source)) {
      read(Binder(*here).bind_insert(**query, columns, target.name(), node.ctes));
    } else if (auto* execute = std::get_if<std::unique_ptr<ast::Execute>>(&node.source)) {
      call(**execute);
    }
  }

  /// What UPDATE and DELETE have in common.
  template <typename Statement, typename Bind>
  void change(Statement& node, identity::Action action, const Bind& bind) {
    const auto here = context();
    const TargetPlace place(here, node.ctes, node.target, node.target_span, node.from);
    const WriteTarget target =
        WriteTarget::resolve(run_, place.context(), place.table(), node.target_span, action);
    RowTarget rows = target.rows(run_);
    rows.node = place.node();
    rows.from = place.from();
    rows.views = place.views();
    rows.outputs.resize(node.outputs.size());
    rows.defaults.resize(target.columns().size());
    Binder binder(*here);
    BoundRows found = bind(binder, rows);
    read(std::move(found.query));
  }
  void update(ast::Update& node) {
    change(node, identity::actions::kSqlUpdate,
           [&](Binder& binder, const RowTarget& rows) { return binder.bind_update(node, rows); });
  }
  void remove(ast::Delete& node) {
    change(node, identity::actions::kSqlDelete,
           [&](Binder& binder, const RowTarget& rows) { return binder.bind_delete(node, rows); });
  }

  void declare(ast::Declare& node) {
    const Collation* collation = run_.session.collation_of(run_.session.database);
    for (ast::Declare::Item& item : node.items) {
      if (item.table) continue;
      const SqlType type = bind_type(item.type, collation);
      frame_.variables[item.name] = {type, std::nullopt};
      if (item.value) read(*Binder(*context()).bind_value(*item.value, &type));
    }
  }

  void assign(ast::SetVariable& node) {
    const auto found = frame_.variables.find(node.name);
    if (found == frame_.variables.end()) {
      mentions_.add(node.name);
      return;
    }
    read(*Binder(*context()).bind_value(*node.value, &found->second.type));
  }

  /// The parameters that a call's arguments stand for have types.
  void call(ast::Execute& node) {
    std::vector<std::pair<std::string, SqlType>> formal;
    if (const auto* name = std::get_if<ast::Name>(&node.target)) formal = parameters_of(*name);
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      const ast::Execute::Argument& argument = node.arguments[i];
      const auto* variable = std::get_if<ast::Variable>(&argument.value->node);
      if (!variable || frame_.variables.contains(variable->name)) continue;
      const std::size_t parameter = mentions_.add(variable->name);
      mentions_.places.emplace(argument.value->span.offset, parameter);
      for (std::size_t k = 0; k < formal.size(); ++k) {
        if (argument.name ? equal_ignoring_case(formal[k].first, *argument.name) : k == i)
          mentions_.learn(parameter, formal[k].second);
      }
    }
    if (node.result && !frame_.variables.contains(*node.result))
      mentions_.learn(mentions_.add(*node.result), SqlType::integer());
  }

  std::vector<std::pair<std::string, SqlType>> parameters_of(const ast::Name& name) {
    const ObjectName full = context()->object_name(name, 2812);
    const auto module = find_module(run_.session, full);
    if (!module || module->kind != ModuleKind::kProcedure) return {};
    const ParsedText parsed(run_.session.texts, module->definition);
    const auto* procedure =
        std::get_if<ast::CreateProcedure>(&parsed.batch().statements.at(0)->node);
    check(procedure != nullptr, "a stored procedure is no CREATE PROCEDURE");
    std::vector<std::pair<std::string, SqlType>> result;
    const Collation* collation = run_.session.collation_of(module->database);
    for (const ast::Parameter& parameter : procedure->parameters)
      result.emplace_back(parameter.name, bind_type(parameter.type, collation));
    return result;
  }

  Execution& run_;
  Frame& frame_;
  Mentions& mentions_;
  std::shared_ptr<MentioningContext> context_;
};

}  // namespace

std::vector<UndeclaredParameter> undeclared_parameters(Execution& run, const Frame& caller,
                                                       const std::string& text,
                                                       const std::string& declarations) {
  const DeclaredParameters declared(run.session, declarations);
  ParsedText parsed(run.session.texts, text);
  Frame frame;
  frame.database = caller.database;
  frame.text = parsed.batch().text;
  const Collation* collation = run.session.collation_of(run.session.database);
  for (const ast::Parameter& parameter : declared.list())
    frame.variables[parameter.name] = {bind_type(parameter.type, collation), std::nullopt};
  Mentions mentions;
  Inference(run, frame, mentions).infer(parsed.batch().statements);
  for (UndeclaredParameter& parameter : mentions.found) {
    if (parameter.type.id == TypeId::kNull) parameter.type = SqlType::nvarchar(4000);
  }
  return mentions.in_order();
}

}  // namespace tarn::sql
