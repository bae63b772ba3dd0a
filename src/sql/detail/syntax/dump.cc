#include "detail/syntax/dump.h"

#include "base/digest.h"
#include "detail/syntax/dump_writer.h"

namespace tarn::sql {
namespace {

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + "'";
}

std::string_view symbol(ast::UnaryOp op) {
  switch (op) {
    case ast::UnaryOp::kPlus:
      return "u+";
    case ast::UnaryOp::kMinus:
      return "u-";
    case ast::UnaryOp::kBitNot:
      return "~";
  }
  return {};
}

std::string_view symbol(ast::BinaryOp op) {
  switch (op) {
    case ast::BinaryOp::kAdd:
      return "+";
    case ast::BinaryOp::kSubtract:
      return "-";
    case ast::BinaryOp::kMultiply:
      return "*";
    case ast::BinaryOp::kDivide:
      return "/";
    case ast::BinaryOp::kModulo:
      return "%";
    case ast::BinaryOp::kBitAnd:
      return "&";
    case ast::BinaryOp::kBitOr:
      return "|";
    case ast::BinaryOp::kBitXor:
      return "^";
  }
  return {};
}

std::string_view symbol(ast::ComparisonOp op) {
  switch (op) {
    case ast::ComparisonOp::kEqual:
      return "=";
    case ast::ComparisonOp::kNotEqual:
      return "<>";
    case ast::ComparisonOp::kLess:
      return "<";
    case ast::ComparisonOp::kLessEqual:
      return "<=";
    case ast::ComparisonOp::kGreater:
      return ">";
    case ast::ComparisonOp::kGreaterEqual:
      return ">=";
  }
  return {};
}

std::string_view symbol(ast::AssignOp op) {
  switch (op) {
    case ast::AssignOp::kSet:
      return "set";
    case ast::AssignOp::kAdd:
      return "set+";
    case ast::AssignOp::kSubtract:
      return "set-";
    case ast::AssignOp::kMultiply:
      return "set*";
    case ast::AssignOp::kDivide:
      return "set/";
    case ast::AssignOp::kModulo:
      return "set%";
    case ast::AssignOp::kBitAnd:
      return "set&";
    case ast::AssignOp::kBitOr:
      return "set|";
    case ast::AssignOp::kBitXor:
      return "set^";
  }
  return {};
}

std::string_view symbol(ast::FrameBound::Kind kind) {
  switch (kind) {
    case ast::FrameBound::Kind::kUnboundedPreceding:
      return "unbounded-preceding";
    case ast::FrameBound::Kind::kPreceding:
      return "preceding";
    case ast::FrameBound::Kind::kCurrentRow:
      return "current-row";
    case ast::FrameBound::Kind::kFollowing:
      return "following";
    case ast::FrameBound::Kind::kUnboundedFollowing:
      return "unbounded-following";
  }
  return {};
}

}  // namespace

void DumpWriter::word(std::string_view text) {
  if (!out_.empty() && out_.back() != '(' && out_.back() != '\n') out_ += ' ';
  out_ += text;
}

void DumpWriter::open(std::string_view head) {
  word("(");
  out_ += head;
}

void DumpWriter::text(std::string_view value) { word(in_quotes(value)); }

void DumpWriter::identifier(const ast::Identifier& identifier) {
  word(identifier.delimited ? "[" + identifier.text + "]" : identifier.text);
}

void DumpWriter::identifiers(std::string_view head,
                             const std::vector<ast::Identifier>& identifiers) {
  if (identifiers.empty()) return;
  open(head);
  for (const ast::Identifier& each : identifiers) identifier(each);
  close();
}

void DumpWriter::name(const ast::Name& name) {
  std::string text;
  for (const ast::Identifier& part : name.parts) {
    if (&part != &name.parts.front()) text += '.';
    text += part.delimited ? "[" + part.text + "]" : part.text;
  }
  word(text);
}

void DumpWriter::optional(std::string_view head, const ast::ExprPtr& value) {
  if (!value) return;
  open(head);
  expr(*value);
  close();
}

void DumpWriter::exprs(std::string_view head, const std::vector<ast::ExprPtr>& values) {
  open(head);
  for (const ast::ExprPtr& value : values) expr(*value);
  close();
}

void DumpWriter::order(std::string_view head, const std::vector<ast::OrderItem>& items) {
  if (items.empty()) return;
  open(head);
  for (const ast::OrderItem& item : items) {
    if (item.descending) open("desc");
    expr(*item.expr);
    if (item.descending) close();
  }
  close();
}

void DumpWriter::option(const ast::Option& option) {
  open("option");
  text(option.name);
  if (option.value) expr(*option.value);
  if (option.word) identifier(*option.word);
  for (const ast::Option& nested : option.nested) this->option(nested);
  close();
}

void DumpWriter::options(const std::vector<ast::Option>& options) {
  for (const ast::Option& each : options) option(each);
}

void DumpWriter::schema(std::string_view head, const std::vector<ast::SchemaColumn>& columns) {
  open(head);
  for (const ast::SchemaColumn& column : columns) {
    open({});
    identifier(column.name);
    word(to_string(column.type));
    if (column.collation) {
      word("collate");
      identifier(*column.collation);
    }
    if (column.nullable) word(*column.nullable ? "null" : "not-null");
    if (column.ordinal) word(std::to_string(*column.ordinal));
    if (column.path) text(*column.path);
    if (column.as_json) word("as-json");
    close();
  }
  close();
}

void DumpWriter::window(const ast::Window& window) {
  const auto write_bound = [this](const ast::FrameBound& bound) {
    open(symbol(bound.kind));
    if (bound.offset) expr(*bound.offset);
    close();
  };
  open("over");
  if (window.base) identifier(*window.base);
  if (!window.partition_by.empty()) exprs("partition", window.partition_by);
  order("order", window.order_by);
  if (window.frame) {
    open(window.frame->unit == ast::WindowFrame::Unit::kRows ? "rows" : "range");
    write_bound(window.frame->start);
    write_bound(window.frame->end);
    close();
  }
  close();
}

void DumpWriter::call(const ast::FunctionCall& call) {
  open("call");
  name(call.name);
  if (!call.brackets) word("bare");
  if (call.star) word("*");
  if (call.distinct) word("distinct");
  if (call.trim == ast::FunctionCall::Trim::kBoth) word("both");
  if (call.trim == ast::FunctionCall::Trim::kLeading) word("leading");
  if (call.trim == ast::FunctionCall::Trim::kTrailing) word("trailing");
  for (const ast::ExprPtr& argument : call.arguments) expr(*argument);
  order("within-group", call.within_group);
  if (call.nulls == ast::FunctionCall::Nulls::kRespect) word("respect-nulls");
  if (call.nulls == ast::FunctionCall::Nulls::kIgnore) word("ignore-nulls");
  if (call.over) window(*call.over);
  close();
}

void DumpWriter::cast(const ast::Cast& cast) {
  static constexpr std::string_view kNames[] = {"cast", "convert", "parse"};
  open((cast.tries ? "try-" : "") + std::string(kNames[static_cast<int>(cast.form)]));
  word(to_string(cast.type));
  expr(*cast.operand);
  if (cast.style) expr(*cast.style);
  close();
}

void DumpWriter::case_expression(const ast::Case& node) {
  open("case");
  if (node.operand) expr(*node.operand);
  for (const ast::Case::When& when : node.whens) {
    open("when");
    expr(*when.condition);
    expr(*when.result);
    close();
  }
  optional("else", node.otherwise);
  close();
}

void DumpWriter::binary(std::string_view head, const ast::ExprPtr& left,
                        const ast::ExprPtr& right) {
  open(head);
  expr(*left);
  expr(*right);
  close();
}

void DumpWriter::expr(const ast::Expr& expr) {
  const auto negatable = [](std::string_view head, bool negated) {
    return negated ? "not-" + std::string(head) : std::string(head);
  };
  std::visit(
      ast::Overloaded{
          [this](const ast::NullLiteral&) { word("null"); },
          [this](const ast::DefaultValue&) { word("default"); },
          [this](const ast::NumberLiteral& node) {
            word((node.form == ast::NumberLiteral::Form::kMoney ? "$" : "") + node.text);
          },
          [this](const ast::StringLiteral& node) {
            word((node.national ? "N" : "") + in_quotes(node.value));
          },
          [this](const ast::BinaryLiteral& node) { word("0x" + to_hex(node.bytes)); },
          [this](const ast::ColumnRef& node) { name(node.name); },
          [this](const ast::Variable& node) { word(node.name); },
          [this](const ast::GlobalVariable& node) { word(node.name); },
          [this](const ast::Unary& node) {
            open(symbol(node.op));
            this->expr(*node.operand);
            close();
          },
          [this](const ast::Binary& node) { binary(symbol(node.op), node.left, node.right); },
          [this](const ast::Comparison& node) { binary(symbol(node.op), node.left, node.right); },
          [this](const ast::Logical& node) {
            exprs(node.op == ast::Logical::Op::kAnd ? "and" : "or", node.operands);
          },
          [this](const ast::Not& node) { optional("not", node.operand); },
          [&](const ast::Like& node) {
            open(negatable("like", node.negated));
            this->expr(*node.operand);
            this->expr(*node.pattern);
            optional("escape", node.escape);
            close();
          },
          [&](const ast::Between& node) {
            open(negatable("between", node.negated));
            this->expr(*node.operand);
            this->expr(*node.low);
            this->expr(*node.high);
            close();
          },
          [&](const ast::InList& node) {
            open(negatable("in", node.negated));
            this->expr(*node.operand);
            for (const ast::ExprPtr& value : node.list) this->expr(*value);
            close();
          },
          [&](const ast::InSubquery& node) {
            open(negatable("in", node.negated));
            this->expr(*node.operand);
            query(*node.query);
            close();
          },
          [&](const ast::IsNull& node) {
            optional(negatable("is-null", node.negated), node.operand);
          },
          [&](const ast::Distinct& node) {
            binary(negatable("is-distinct", node.negated), node.left, node.right);
          },
          [this](const ast::Exists& node) {
            open("exists");
            query(*node.query);
            close();
          },
          [this](const ast::Quantified& node) {
            open(std::string(symbol(node.op)) + (node.all ? "-all" : "-any"));
            this->expr(*node.left);
            query(*node.query);
            close();
          },
          [this](const ast::ScalarSubquery& node) {
            open("scalar");
            query(*node.query);
            close();
          },
          [this](const ast::Case& node) { case_expression(node); },
          [this](const ast::Cast& node) { cast(node); },
          [this](const ast::Collate& node) {
            open("collate");
            this->expr(*node.operand);
            identifier(node.collation);
            close();
          },
          [this](const ast::XmlValue& node) {
            open("xml-value");
            word(to_string(node.type));
            text(node.path);
            this->expr(*node.xml);
            close();
          },
          [this](const ast::AtTimeZone& node) { binary("at-time-zone", node.operand, node.zone); },
          [this](const ast::FunctionCall& node) { call(node); }},
      expr.node);
}

void DumpWriter::assignment(const ast::Assignment& assignment) {
  open(symbol(assignment.op));
  if (assignment.variable) word(*assignment.variable);
  if (assignment.column) name(*assignment.column);
  expr(*assignment.value);
  close();
}

void DumpWriter::assign(ast::AssignOp op, std::string_view variable, const ast::Expr& value) {
  open(symbol(op));
  word(variable);
  expr(value);
  close();
}

std::string to_string(const ast::TypeName& type) {
  std::string result = type.schema.empty() ? type.name : type.schema + "." + type.name;
  if (type.max) return result + "(max)";
  if (type.length) result += "(" + std::to_string(*type.length);
  if (type.scale) result += "," + std::to_string(*type.scale);
  return type.length ? result + ")" : result;
}

std::string to_string(const ast::Expr& expr) {
  DumpWriter writer;
  writer.expr(expr);
  return writer.take();
}

std::string to_string(const ast::Query& query) {
  DumpWriter writer;
  writer.query(query);
  return writer.take();
}

std::string to_string(const ast::Statement& statement) {
  DumpWriter writer;
  writer.statement(statement);
  return writer.take();
}

std::string to_string(const ast::Batch& batch) {
  std::string result;
  for (const ast::StatementPtr& statement : batch.statements)
    result += to_string(*statement) + "\n";
  return result;
}

}  // namespace tarn::sql
