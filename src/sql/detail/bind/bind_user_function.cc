// Functions that users make, as parts of the statement that calls them. A scalar function's body is
// followed statement by statement: a variable stands for the expression that was assigned to it, IF
// becomes CASE, and RETURN gives the value. An inline table-valued function is a view with
// parameters. So the engine sees one query, whatever functions it is made of.

#include <deque>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder_impl.h"
#include "detail/bind/tree.h"

namespace tarn::sql {
namespace {

/// A body that cannot become an expression.
struct NotInlinable {
  std::string what;  // "WHILE"
};

/// Whether the value depends on no row.
bool is_constant(bound::Expr& expr) {
  if (std::holds_alternative<bound::Column>(expr.node) ||
      std::holds_alternative<bound::Held>(expr.node) || contains_subquery(expr) ||
      contains_aggregate(expr) || contains_window(expr)) {
    return false;
  }
  bool constant = true;
  for_each_child(expr, [&](bound::ExprPtr& child) { constant = constant && is_constant(*child); });
  return constant;
}

std::string key_of(const FunctionSource& source) {
  return to_lower(source.schema) + "." + to_lower(source.name);
}

bool returns_null_on_null(const ast::CreateFunction& function) {
  for (const std::string& option : function.options) {
    if (option.starts_with("RETURNS NULL")) return true;
  }
  return false;
}

}  // namespace

Constant BindContext::call_function(const FunctionSource& function, std::span<const Constant>,
                                    ast::Span span) {
  throw unsupported("a call of the function " + function.name + " here", span);
}

Source BindContext::call_table_function(const FunctionSource& function, std::span<const Constant>,
                                        ast::Span span) {
  throw unsupported("a call of the function " + function.name + " here", span);
}

std::int64_t BindContext::row_fact(std::string_view name, std::size_t) {
  throw unsupported(std::string(name) + " of anything but a constant here", {});
}

Constant BindContext::constant_value(const bound::Expr& expr) {
  const bound::Literal* literal = literal_of(expr);
  if (!literal) throw unsupported("a computed argument here", expr.span);
  return {expr.type, literal->text};
}

/// Binds somewhere else while it lives.
class Binder::Impl::Elsewhere {
 public:
  Elsewhere(Impl& impl, const Surroundings& there)
      : impl_(impl), here_{impl.context, impl.locals, std::move(impl.common_tables)} {
    impl.context = there.context;
    impl.locals = there.locals;
    impl.common_tables = there.common_tables;
  }
  ~Elsewhere() {
    impl_.context = here_.context;
    impl_.locals = here_.locals;
    impl_.common_tables = std::move(here_.common_tables);
  }
  Elsewhere(const Elsewhere&) = delete;

 private:
  Impl& impl_;
  Surroundings here_;
};

/// Follows the statements of a scalar function.
class Binder::Impl::FunctionBody {
 public:
  FunctionBody(Impl& impl, SqlType returns) : impl_(impl), returns_(returns) {}

  bound::ExprPtr value(const std::vector<ast::StatementPtr>& body) {
    const Rest rest{body, nullptr};
    return run(&rest);
  }

 private:
  /// Statements that are still to come, and those behind the block that they are in.
  struct Rest {
    std::span<const ast::StatementPtr> statements;
    const Rest* outer;
  };

  bound::ExprPtr run(const Rest* rest) {
    while (rest && rest->statements.empty()) rest = rest->outer;
    if (!rest) return make_literal(returns_, std::nullopt, {});
    const ast::Statement& statement = *rest->statements.front();
    impl_.count_node(statement.span);
    const Rest next{rest->statements.subspan(1), rest->outer};
    return std::visit(ast::Overloaded{
                          [&](const ast::Return& node) { return result(node, statement.span); },
                          [&](const ast::Block& node) {
                            const Rest inner{node.statements, &next};
                            return run(&inner);
                          },
                          [&](const ast::If& node) { return branch(node, next, statement.span); },
                          [&](const ast::Declare& node) {
                            for (const ast::Declare::Item& item : node.items) declare(item);
                            return run(&next);
                          },
                          [&](const ast::SetVariable& node) {
                            assign(node.name, node.op, *node.value, statement.span);
                            return run(&next);
                          },
                          [&](const ast::SelectStatement& node) {
                            select(*node.query, statement.span);
                            return run(&next);
                          },
                          [&](const ast::Label&) { return run(&next); },
                          [&](const ast::While&) -> bound::ExprPtr { throw NotInlinable{"WHILE"}; },
                          [&](const ast::Goto&) -> bound::ExprPtr { throw NotInlinable{"GOTO"}; },
                          [&](const auto&) -> bound::ExprPtr {
                            throw NotInlinable{"a statement that is no expression"};
                          },
                      },
                      statement.node);
  }

  bound::ExprPtr result(const ast::Return& node, ast::Span span) {
    if (!node.value) return make_literal(returns_, std::nullopt, span);
    return convert_implicit(impl_.bind_value(*node.value, Env{}), returns_);
  }

  bound::ExprPtr branch(const ast::If& node, const Rest& next, ast::Span span) {
    const Local* before = impl_.locals;
    bound::Case both;
    bound::ExprPtr condition = impl_.bind_condition(*node.condition, Env{});
    const Rest then{{&node.then, 1}, &next};
    both.whens.push_back({std::move(condition), run(&then)});
    impl_.locals = before;
    if (node.otherwise) {
      const Rest otherwise{{&node.otherwise, 1}, &next};
      both.otherwise = run(&otherwise);
    } else {
      both.otherwise = run(&next);
    }
    impl_.locals = before;
    return make_expr(returns_, true, span, std::move(both));
  }

  void declare(const ast::Declare::Item& item) {
    if (item.table) throw NotInlinable{"a table variable"};
    push(item.name, bind_type(item.type, impl_.context->default_collation()), item.value.get(),
         ast::AssignOp::kSet);
  }

  void assign(const std::string& name, ast::AssignOp op, const ast::Expr& value, ast::Span span) {
    const Local* known = impl_.locals;
    while (known && !equal_ignoring_case(known->name, name)) known = known->next;
    if (!known) {
      throw bind_error(137, "Must declare the scalar variable \"" + name + "\".", span, {}, 15);
    }
    push(known->name, known->type, &value, op);
  }

  /// SELECT @a = …, @b = … without rows is the same as SET.
  void select(const ast::Query& query, ast::Span span) {
    const auto* select = std::get_if<ast::Select>(&query.term->node);
    const bool plain = select && !select->from && !select->where && !select->top &&
                       !select->has_group_by && !select->having && query.ctes.empty() &&
                       query.order_by.empty() && !query.for_clause;
    if (!plain) throw NotInlinable{"SELECT @variable = … FROM"};
    for (const ast::SelectItem& item : select->items) {
      const auto* assignment = std::get_if<ast::AssignItem>(&item.node);
      if (!assignment) {
        throw bind_error(
            444, "Select statements included within a function cannot return data to a client.",
            span);
      }
      assign(assignment->variable, assignment->op, *assignment->expr, span);
    }
  }

  void push(const std::string& name, const SqlType& type, const ast::Expr* value,
            ast::AssignOp op) {
    places_.push_back({impl_.context, impl_.locals, {}});
    locals_.push_back({name, type, value, op, Env{}, &places_.back(), impl_.locals});
    impl_.locals = &locals_.back();
  }

  Impl& impl_;
  SqlType returns_;
  std::deque<Local> locals_;
  std::deque<Surroundings> places_;
};

bound::ExprPtr Binder::Impl::assigned_value(ast::AssignOp op, bound::ExprPtr before,
                                            bound::ExprPtr value, ast::Span span) const {
  using Op = ast::AssignOp;
  switch (op) {
    case Op::kSet:
      return value;
    case Op::kBitAnd:
      return bitwise(bound::Bitwise::Op::kAnd, std::move(before), std::move(value), span);
    case Op::kBitOr:
      return bitwise(bound::Bitwise::Op::kOr, std::move(before), std::move(value), span);
    case Op::kBitXor:
      return bitwise(bound::Bitwise::Op::kXor, std::move(before), std::move(value), span);
    default:
      break;
  }
  const Arithmetic arithmetic_op = op == Op::kSubtract   ? Arithmetic::kSubtract
                                   : op == Op::kMultiply ? Arithmetic::kMultiply
                                   : op == Op::kDivide   ? Arithmetic::kDivide
                                   : op == Op::kModulo   ? Arithmetic::kModulo
                                                         : Arithmetic::kAdd;
  return arithmetic(arithmetic_op, std::move(before), std::move(value), span);
}

bound::ExprPtr Binder::Impl::bind_local(const Local& local, ast::Span span) {
  count_node(span);
  if (!local.value) return make_literal(local.type, std::nullopt, span);
  const Elsewhere there(*this, *local.surroundings);
  bound::ExprPtr value = bind_value(*local.value, local.env);
  if (local.op != ast::AssignOp::kSet) {
    value = assigned_value(local.op, bind_variable(local.name, span), std::move(value), span);
  }
  return convert_implicit(std::move(value), local.type);
}

bound::ExprPtr Binder::Impl::bind_variable(const std::string& name, ast::Span span) {
  for (const Local* local = locals; local; local = local->next) {
    if (equal_ignoring_case(local->name, name)) return bind_local(*local, span);
  }
  bound::ExprPtr value = bind_constant(context->resolve_variable(name, span), span);
  for (std::size_t slot = 0; slot < assigned_variables.size(); ++slot) {
    if (!equal_ignoring_case(assigned_variables[slot], name)) continue;
    bound::Held held{slot, std::get<bound::Literal>(value->node).text};
    return make_expr(value->type, true, span, std::move(held));
  }
  return value;
}

/// One call: the arguments as parameters, and the surroundings of the body.
class Binder::Impl::FunctionCallBinding {
 public:
  FunctionCallBinding(Impl& impl, const FunctionSource& source,
                      const std::vector<ast::ExprPtr>& arguments, const Env& env, ast::Span span)
      : impl_(impl), source_(source), span_(span), env_(env) {
    check_count(arguments.size());
    caller_ = {impl.context, impl.locals, impl.common_tables};
    body_.context = source.context.get();
    own_ = body_;
    const auto& parameters = source.function->parameters;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const bool given = !std::holds_alternative<ast::DefaultValue>(arguments[i]->node);
      const ast::Expr* value = given ? arguments[i].get() : parameters[i].default_value.get();
      if (!value) {
        throw bind_error(313, insufficient(), span);
      }
      locals_.push_back({parameters[i].name,
                         bind_type(parameters[i].type, body_.context->default_collation()), value,
                         ast::AssignOp::kSet, given ? env : Env{}, given ? &caller_ : &own_,
                         body_.locals});
      body_.locals = &locals_.back();
    }
  }

  /// Runs `bind` inside the function; its errors are placed at the call.
  template <typename Bind>
  auto inside(Bind bind) {
    const std::string key = key_of(source_);
    for (const std::string& active : impl_.functions) {
      if (active == key) throw NotInlinable{"recursion"};
    }
    if (impl_.functions.size() >= kViewDepthMax) {
      throw bind_error(
          217,
          "Maximum stored procedure, function, trigger, or view nesting level exceeded (limit " +
              std::to_string(kViewDepthMax) + ").",
          span_);
    }
    struct Active {
      std::vector<std::string>& functions;
      ~Active() { functions.pop_back(); }
    };
    impl_.functions.push_back(key);
    const Active active{impl_.functions};
    try {
      const Elsewhere there(impl_, body_);
      return bind();
    } catch (Error& error) {
      error.set_place(place_of(span_));
      throw;
    }
  }

  /// An error of an argument has its own place.
  void check_arguments(const std::vector<ast::ExprPtr>& arguments) {
    for (const ast::ExprPtr& argument : arguments) {
      if (!std::holds_alternative<ast::DefaultValue>(argument->node))
        impl_.bind_value(*argument, env_);
    }
  }

  std::vector<bound::ExprPtr> values() {
    std::vector<bound::ExprPtr> values;
    for (const Local& local : locals_) values.push_back(impl_.bind_local(local, span_));
    return values;
  }

  bool all_constant() {
    for (const Local& local : locals_) {
      const Elsewhere there(impl_, *local.surroundings);
      if (!is_constant(*impl_.bind_value(*local.value, local.env))) return false;
    }
    return true;
  }

  /// The arguments where all are constants; nothing else can be computed before the query runs.
  std::vector<Constant> constants(const std::string& what) {
    std::vector<Constant> constants;
    for (const Local& local : locals_) {
      const Elsewhere there(impl_, *local.surroundings);
      const bound::ExprPtr value = impl_.bind_value(*local.value, local.env);
      if (!is_constant(*value)) {
        throw unsupported("the function " + source_.name + " over rows, because it has " + what,
                          span_,
                          "Call it with constants or variables, or write it as one RETURN "
                          "expression with DECLARE, SET and IF.");
      }
      constants.push_back(impl_.context->constant_value(*value));
    }
    return constants;
  }

 private:
  std::string insufficient() const {
    return "An insufficient number of arguments were supplied for the procedure or function " +
           source_.schema + "." + source_.name + ".";
  }

  void check_count(std::size_t given) const {
    const std::size_t wanted = source_.function->parameters.size();
    if (given < wanted)
      throw bind_error(313, insufficient(), span_,
                       "Write DEFAULT for a parameter that has a default value.");
    if (given > wanted) {
      throw bind_error(8144,
                       "Procedure or function " + source_.schema + "." + source_.name +
                           " has too many arguments specified.",
                       span_);
    }
  }

  Impl& impl_;
  const FunctionSource& source_;
  ast::Span span_;
  const Env& env_;
  Surroundings caller_;
  Surroundings own_;  // of default values
  Surroundings body_;
  std::deque<Local> locals_;
};

bound::ExprPtr Binder::Impl::bind_user_call(const ast::FunctionCall& call, const Env& env,
                                            ast::Span span) {
  const std::optional<FunctionSource> source = context->resolve_function(call.name);
  if (!source || !source->function->returns) return nullptr;
  FunctionCallBinding binding(*this, *source, call.arguments, env, span);
  const SqlType returns =
      bind_type(*source->function->returns, source->context->default_collation());
  try {
    bound::ExprPtr value =
        binding.inside([&] { return FunctionBody(*this, returns).value(source->function->body); });
    if (!returns_null_on_null(*source->function) || call.arguments.empty()) return value;
    bound::Logical any_null{ast::Logical::Op::kOr, {}};
    for (bound::ExprPtr& argument : binding.values()) {
      any_null.operands.push_back(
          make_expr(SqlType::boolean(), false, span, bound::IsNull{std::move(argument), false}));
    }
    bound::Case guarded;
    guarded.whens.push_back({make_expr(SqlType::boolean(), false, span, std::move(any_null)),
                             make_literal(returns, std::nullopt, span)});
    guarded.otherwise = std::move(value);
    return make_expr(returns, true, span, std::move(guarded));
  } catch (const NotInlinable& reason) {
    // The function around it cannot be a part of the query either.
    if (!functions.empty() && !binding.all_constant()) throw;
    return bind_constant(context->call_function(*source, binding.constants(reason.what), span),
                         span);
  } catch (const Error&) {
    binding.check_arguments(call.arguments);
    throw;
  }
}

bound::RelationPtr Binder::Impl::bind_user_table(const FunctionSource& source,
                                                 const ast::FunctionTable& table,
                                                 const ast::TableSource& written, Scope& scope) {
  if (source.function->returns) {
    throw bind_error(208, "Invalid object name '" + table.call.name.last().text + "'.",
                     written.span, "It is a scalar function: call it in an expression.");
  }
  if (table.schema) throw bind_error(102, "Incorrect syntax near 'WITH'.", written.span, {}, 15);
  Env env;
  env.scope = scope.parent;
  FunctionCallBinding binding(*this, source, table.call.arguments, env, written.span);
  if (!source.function->query) {
    Source rows =
        context->call_table_function(source, binding.constants("several statements"), written.span);
    ScopeRelation relation;
    relation.columns = columns_of(rows);
    relation.name = source.name;
    return introduce(bound::EngineTable{std::move(rows.engine_sql), {}}, std::move(relation),
                     written, scope);
  }
  bound::Query query;
  try {
    query = binding.inside([&] { return bind_query(*source.function->query, nullptr); });
  } catch (const NotInlinable& reason) {
    throw unsupported("the function " + source.name + ", because it has " + reason.what,
                      written.span);
  } catch (const Error&) {
    binding.check_arguments(table.call.arguments);
    throw;
  }
  return bind_derived(std::move(query), source.name, written, scope);
}

}  // namespace tarn::sql
