#include "detail/syntax/dump.h"
#include "detail/syntax/dump_writer.h"

namespace tarn::sql {

void DumpWriter::head_of(const ast::CreateMode mode, std::string_view kind) {
  static constexpr std::string_view kVerbs[] = {"create-", "alter-", "create-or-alter-"};
  open(std::string(kVerbs[static_cast<int>(mode)]) + std::string(kind));
}

void DumpWriter::target(const ast::Target& target) {
  std::visit(ast::Overloaded{[this](const ast::Name& node) { name(node); },
                             [this](const ast::Variable& node) { word(node.name); }},
             target);
}

void DumpWriter::body(std::string_view head, const std::vector<ast::StatementPtr>& statements) {
  open(head);
  for (const ast::StatementPtr& each : statements) statement(*each);
  close();
}

void DumpWriter::constraint(const ast::Constraint& constraint) {
  static constexpr std::string_view kHeads[] = {"primary-key", "unique", "check", "foreign-key"};
  open(kHeads[static_cast<int>(constraint.kind)]);
  if (constraint.name) identifier(*constraint.name);
  identifiers("columns", constraint.columns);
  if (constraint.nonclustered) word("nonclustered");
  if (constraint.not_enforced) word("not-enforced");
  if (constraint.check) expr(*constraint.check);
  if (constraint.references) name(*constraint.references);
  close();
}

void DumpWriter::columns(const std::vector<ast::ColumnDefinition>& columns) {
  if (columns.empty()) return;
  open("columns");
  for (const ast::ColumnDefinition& column : columns) {
    open({});
    identifier(column.name);
    if (!column.type.name.empty()) word(to_string(column.type));
    if (column.collation) {
      word("collate");
      identifier(*column.collation);
    }
    if (column.nullability == ast::Nullability::kNull) word("null");
    if (column.nullability == ast::Nullability::kNotNull) word("not-null");
    if (column.identity) word("identity");
    optional("default", column.default_value);
    optional("computed", column.computed);
    for (const ast::Constraint& each : column.constraints) constraint(each);
    close();
  }
  close();
}

void DumpWriter::execute(const ast::Execute& node) {
  open("execute");
  if (node.result) word(*node.result + "=");
  std::visit(ast::Overloaded{[this](const ast::Name& target) { name(target); },
                             [this](const ast::Variable& target) { word(target.name); },
                             [this](const ast::ExprPtr& target) { optional("text", target); }},
             node.target);
  for (const ast::Execute::Argument& argument : node.arguments) {
    const bool plain = !argument.name && !argument.output;
    if (!plain) open(argument.name ? *argument.name : std::string_view());
    expr(*argument.value);
    if (argument.output) word("output");
    if (!plain) close();
  }
  close();
}

void DumpWriter::declare(const ast::Declare& node) {
  open("declare");
  for (const ast::Declare::Item& item : node.items) {
    open(item.name);
    if (item.table) {
      columns(*item.table);
    } else {
      word(to_string(item.type));
    }
    if (item.value) expr(*item.value);
    close();
  }
  close();
}

void DumpWriter::outputs(const std::vector<ast::OutputClause>& clauses) {
  for (const ast::OutputClause& clause : clauses) {
    open("output");
    for (const ast::SelectItem& each : clause.select.items) item(each);
    if (clause.into) {
      open("into");
      target(*clause.into);
      identifiers("columns", clause.columns);
      close();
    }
    close();
  }
}

void DumpWriter::insert(const ast::Insert& node) {
  open("insert");
  ctes(node.ctes);
  target(node.target);
  identifiers("columns", node.columns);
  outputs(node.outputs);
  std::visit(
      ast::Overloaded{[this](const ast::Insert::Rows& source) { rows(source); },
                      [this](const ast::QueryPtr& source) { query(*source); },
                      [this](const std::unique_ptr<ast::Execute>& source) { execute(*source); },
                      [this](const ast::Insert::DefaultValues&) { word("default-values"); }},
      node.source);
  options(node.options);
  close();
}

void DumpWriter::update(const ast::Update& node) {
  open("update");
  ctes(node.ctes);
  if (node.top) top(*node.top);
  target(node.target);
  for (const ast::Assignment& each : node.assignments) assignment(each);
  outputs(node.outputs);
  if (node.from) source(*node.from);
  optional("where", node.where);
  options(node.options);
  close();
}

void DumpWriter::remove(const ast::Delete& node) {
  open("delete");
  ctes(node.ctes);
  if (node.top) top(*node.top);
  target(node.target);
  outputs(node.outputs);
  if (node.from) source(*node.from);
  optional("where", node.where);
  options(node.options);
  close();
}

void DumpWriter::merge_clause(const ast::Merge::Clause& clause) {
  static constexpr std::string_view kMatches[] = {"matched", "not-matched-by-target",
                                                  "not-matched-by-source"};
  static constexpr std::string_view kActions[] = {"update", "delete", "insert"};
  open(kMatches[static_cast<int>(clause.match)]);
  if (clause.condition) expr(*clause.condition);
  open(kActions[static_cast<int>(clause.action)]);
  for (const ast::Assignment& each : clause.assignments) assignment(each);
  identifiers("columns", clause.columns);
  if (clause.action == ast::Merge::Action::kInsert) exprs("values", clause.values);
  close();
  close();
}

void DumpWriter::merge(const ast::Merge& node) {
  open("merge");
  ctes(node.ctes);
  if (node.top) top(*node.top);
  target(node.target);
  alias(node.alias);
  source(*node.source);
  expr(*node.on);
  for (const ast::Merge::Clause& clause : node.clauses) merge_clause(clause);
  outputs(node.outputs);
  close();
}

void DumpWriter::copy(const ast::Copy& node) {
  open("copy");
  name(node.table);
  for (const ast::Copy::Column& column : node.columns) {
    open({});
    identifier(column.name);
    optional("default", column.default_value);
    if (column.ordinal) word(std::to_string(*column.ordinal));
    close();
  }
  for (const std::string& path : node.paths) text(path);
  options(node.options);
  close();
}

void DumpWriter::create_table(const ast::CreateTable& node) {
  open("create-table");
  name(node.name);
  columns(node.columns);
  for (const ast::Constraint& each : node.constraints) constraint(each);
  options(node.options);
  if (node.as_select) query(*node.as_select);
  close();
}

void DumpWriter::create_view(const ast::CreateView& node) {
  head_of(node.mode, "view");
  name(node.name);
  identifiers("columns", node.columns);
  for (const std::string& option : node.options) text(option);
  query(*node.query);
  close();
}

void DumpWriter::create_procedure(const ast::CreateProcedure& node) {
  head_of(node.mode, "procedure");
  name(node.name);
  parameters(node.parameters);
  for (const std::string& option : node.options) text(option);
  body("body", node.body);
  close();
}

void DumpWriter::create_function(const ast::CreateFunction& node) {
  head_of(node.mode, "function");
  name(node.name);
  parameters(node.parameters);
  for (const std::string& option : node.options) text(option);
  if (node.returns) word(to_string(*node.returns));
  if (!node.table.empty()) {
    open(node.table);
    columns(node.columns);
    close();
  }
  if (node.query) {
    query(*node.query);
  } else {
    body("body", node.body);
  }
  close();
}

void DumpWriter::parameters(const std::vector<ast::Parameter>& parameters) {
  for (const ast::Parameter& parameter : parameters) {
    open(parameter.name);
    word(to_string(parameter.type));
    optional("default", parameter.default_value);
    if (parameter.output) word("output");
    if (parameter.read_only) word("readonly");
    close();
  }
}

void DumpWriter::drop(const ast::Drop& node) {
  static constexpr std::string_view kKinds[] = {"database",
                                                "schema",
                                                "table",
                                                "view",
                                                "procedure",
                                                "function",
                                                "external-table",
                                                "external-data-source",
                                                "external-file-format",
                                                "credential"};
  open("drop-" + std::string(kKinds[static_cast<int>(node.kind)]));
  if (node.if_exists) word("if-exists");
  for (const ast::Name& each : node.names) name(each);
  close();
}

void DumpWriter::set_option(const ast::SetOption& node) {
  open("set-option");
  for (const std::string& each : node.names) text(each);
  if (!node.table.parts.empty()) name(node.table);
  if (node.word) identifier(*node.word);
  if (node.value) expr(*node.value);
  close();
}

void DumpWriter::transaction(const ast::Transaction& node) {
  open("transaction");
  text(node.written);
  if (node.name) identifier(*node.name);
  if (node.variable) text(*node.variable);
  close();
}

void DumpWriter::try_catch(const ast::TryCatch& node) {
  open("try");
  body("body", node.body);
  body("catch", node.handler);
  close();
}

void DumpWriter::if_statement(const ast::If& node) {
  open("if");
  expr(*node.condition);
  statement(*node.then);
  if (node.otherwise) statement(*node.otherwise);
  close();
}

void DumpWriter::statement(const ast::Statement& statement) {
  std::visit(ast::Overloaded{
                 [this](const ast::SelectStatement& node) { query(*node.query); },
                 [this](const ast::Insert& node) { insert(node); },
                 [this](const ast::Update& node) { update(node); },
                 [this](const ast::Delete& node) { remove(node); },
                 [this](const ast::Merge& node) { merge(node); },
                 [this](const ast::Truncate& node) {
                   open("truncate");
                   name(node.table);
                   close();
                 },
                 [this](const ast::Copy& node) { copy(node); },
                 [this](const ast::CreateTable& node) { create_table(node); },
                 [this](const ast::CreateDatabase& node) {
                   open("create-database");
                   identifier(node.name);
                   if (node.collation) identifier(*node.collation);
                   options(node.options);
                   close();
                 },
                 [this](const ast::AlterDatabase& node) {
                   open("alter-database");
                   identifier(node.name);
                   options(node.options);
                   close();
                 },
                 [this](const ast::RenameObject& node) {
                   open("rename-object");
                   name(node.object);
                   if (node.column) identifier(*node.column);
                   identifier(node.to);
                   close();
                 },
                 [this](const ast::CreateSchema& node) {
                   open("create-schema");
                   identifier(node.name);
                   if (node.authorization) identifier(*node.authorization);
                   close();
                 },
                 [this](const ast::CreateView& node) { create_view(node); },
                 [this](const ast::CreateProcedure& node) { create_procedure(node); },
                 [this](const ast::AlterTable& node) {
                   static constexpr std::string_view kActions[] = {
                       "add", "drop-column", "drop-constraint", "alter-column"};
                   open("alter-table");
                   name(node.table);
                   word(kActions[static_cast<int>(node.action)]);
                   if (node.if_exists) word("if-exists");
                   for (const ast::ColumnDefinition& column : node.columns) identifier(column.name);
                   for (const ast::Identifier& each : node.dropped) identifier(each);
                   close();
                 },
                 [this](const ast::Statistics& node) {
                   open("statistics");
                   text(node.written);
                   name(node.table);
                   close();
                 },
                 [this](const ast::InsertBulk& node) {
                   open("insert-bulk");
                   name(node.table);
                   schema("columns", node.columns);
                   options(node.options);
                   close();
                 },
                 [this](const ast::CreateExternal& node) {
                   open("create-external");
                   identifier(node.name);
                   options(node.options);
                   close();
                 },
                 [this](const ast::CreateExternalTable& node) {
                   open("create-external-table");
                   name(node.name);
                   for (const ast::ColumnDefinition& column : node.columns) identifier(column.name);
                   options(node.options);
                   if (node.as_select) query(*node.as_select);
                   close();
                 },
                 [this](const ast::Drop& node) { drop(node); },
                 [this](const ast::Declare& node) { declare(node); },
                 [this](const ast::SetVariable& node) { assign(node.op, node.name, *node.value); },
                 [this](const ast::SetOption& node) { set_option(node); },
                 [this](const ast::Print& node) { optional("print", node.value); },
                 [this](const ast::If& node) { if_statement(node); },
                 [this](const ast::While& node) {
                   open("while");
                   expr(*node.condition);
                   this->statement(*node.body);
                   close();
                 },
                 [this](const ast::Break&) { word("(break)"); },
                 [this](const ast::Continue&) { word("(continue)"); },
                 [this](const ast::Return& node) {
                   open("return");
                   if (node.value) expr(*node.value);
                   close();
                 },
                 [this](const ast::Block& node) { body("block", node.statements); },
                 [this](const ast::TryCatch& node) { try_catch(node); },
                 [this](const ast::Throw& node) {
                   open("throw");
                   for (const ast::ExprPtr* each : {&node.number, &node.message, &node.state}) {
                     if (*each) expr(**each);
                   }
                   close();
                 },
                 [this](const ast::RaiseError& node) {
                   open("raiserror");
                   for (const ast::ExprPtr* each : {&node.message, &node.severity, &node.state})
                     expr(**each);
                   for (const ast::ExprPtr& argument : node.arguments) expr(*argument);
                   for (const std::string& option : node.options) text(option);
                   close();
                 },
                 [this](const ast::Transaction& node) { transaction(node); },
                 [this](const ast::Use& node) {
                   open("use");
                   identifier(node.database);
                   close();
                 },
                 [this](const ast::Execute& node) { execute(node); },
                 [this](const ast::Goto& node) {
                   open("goto");
                   identifier(node.label);
                   close();
                 },
                 [this](const ast::Label& node) {
                   open("label");
                   identifier(node.name);
                   close();
                 },
                 [this](const ast::WaitFor& node) {
                   optional(node.until ? "wait-until" : "wait-for", node.value);
                 },
                 [this](const ast::CreateFunction& node) { create_function(node); },
                 [this](const ast::LoginStatement& node) {
                   using Action = ast::LoginStatement::Action;
                   open(node.action == Action::kCreate        ? "create-login"
                        : node.action == Action::kSetPassword ? "set-password"
                        : node.action == Action::kEnable      ? "enable-login"
                        : node.action == Action::kDisable     ? "disable-login"
                                                              : "drop-login");
                   identifier(node.name);
                   // Passwords are shown to nobody.
                   if (node.old_password) word("old-password");
                   close();
                 },
                 [this](const ast::UserStatement& node) {
                   open(node.drop ? "drop-user" : "create-user");
                   if (node.if_exists) word("if-exists");
                   identifier(node.name);
                   if (!node.drop) identifier(node.login);
                   close();
                 },
                 [this](const ast::WorkloadStatement& node) {
                   using Action = ast::WorkloadStatement::Action;
                   const std::string verb = node.action == Action::kCreate  ? "create"
                                            : node.action == Action::kAlter ? "alter"
                                                                            : "drop";
                   open(verb + (node.classifier ? "-classifier" : "-group"));
                   identifier(node.name);
                   options(node.options);
                   close();
                 },
                 [this](const ast::RoleMember& node) {
                   open(node.drop ? "drop-member" : "add-member");
                   identifier(node.role);
                   identifier(node.member);
                   close();
                 },
                 [this](const ast::Unsupported& node) {
                   open("unsupported");
                   text(node.what);
                   close();
                 }},
             statement.node);
}

}  // namespace tarn::sql
