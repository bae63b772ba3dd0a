#pragma once
// Bound trees: what a query means. Every name is resolved, every expression has SQL Server's type,
// every conversion that SQL Server does silently is a Convert node. The translator turns a bound
// tree into the engine's SQL; nothing else does.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "detail/bind/context.h"
#include "detail/syntax/ast_query.h"
#include "detail/types/rules.h"
#include "detail/types/type.h"

namespace tarn::sql {

struct FunctionDef;  // functions/function.h

namespace bound {

struct Expr;
struct Query;
struct Relation;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::unique_ptr<Query>;
using RelationPtr = std::unique_ptr<Relation>;

// --- Expressions. Operands of one operator have one type unless said otherwise.
// -----------------------------------

/// A constant; `text` is the canonical form described at sql::Constant. Nothing is NULL.
struct Literal {
  std::optional<std::string> text;
};
/// A value that changes from row to row of an Accumulation: what is in `text` when it is evaluated
/// or translated counts.
struct Held {
  std::size_t slot = 0;
  std::optional<std::string> text;
};
/// A column of the relation with that number, which is unique in a statement.
struct Column {
  int relation = 0;
  std::string engine_name;
  std::string display;  // "t.c", for messages
};
struct Arithmetic {  // numbers; of kNull types nothing is left
  sql::Arithmetic op;
  ExprPtr left;
  ExprPtr right;
};
/// date + days; the operands are converted to days (float) and datetime already.
struct DateShift {
  ExprPtr date;
  ExprPtr days;
  bool subtract = false;
};
struct Concat {
  ExprPtr left;
  ExprPtr right;
};
struct Negate {
  ExprPtr operand;
};
struct Bitwise {
  enum class Op { kAnd, kOr, kXor };
  Op op;
  ExprPtr left;
  ExprPtr right;
};
struct BitNot {
  ExprPtr operand;
};
/// A conversion to the node's type. `style` is CONVERT's. `assignment` names the column of an
/// INSERT that the value is stored in ("default.dbo.t", "c"): text that does not fit is then error
/// 2628, else it is cut.
struct Convert {
  ExprPtr operand;
  bool tries = false;
  int style = 0;
  bool implicit = false;
  std::optional<std::pair<std::string, std::string>> assignment;
};
/// A value that must not be NULL: error 515 for that column, naming the statement.
struct RequireValue {
  ExprPtr operand;
  std::string table;
  std::string column;
  const char* statement = "INSERT";
};

struct Compare {  // character operands compare under `collation`, trailing blanks ignored
  ast::ComparisonOp op;
  ExprPtr left;
  ExprPtr right;
  const Collation* collation = nullptr;
};
struct Logical {
  ast::Logical::Op op;
  std::vector<ExprPtr> operands;
};
struct Not {
  ExprPtr operand;
};
struct Like {
  ExprPtr operand;
  ExprPtr pattern;
  ExprPtr escape;  // may be null
  bool negated = false;
  const Collation* collation = nullptr;
};
struct Between {
  ExprPtr operand;
  ExprPtr low;
  ExprPtr high;
  bool negated = false;
  const Collation* collation = nullptr;
};
struct InList {
  ExprPtr operand;
  std::vector<ExprPtr> list;
  bool negated = false;
  const Collation* collation = nullptr;
};
/// `operand op ANY|ALL (query)`; IN is = ANY and NOT IN is <> ALL.
struct Quantified {
  ast::ComparisonOp op;
  bool all = false;
  ExprPtr operand;
  QueryPtr query;
  const Collation* collation = nullptr;
};
struct IsNull {
  ExprPtr operand;
  bool negated = false;
};
/// IS [NOT] DISTINCT FROM: true or false, never unknown.
struct Distinct {
  ExprPtr left;
  ExprPtr right;
  bool negated = false;
  const Collation* collation = nullptr;
};
struct Exists {
  QueryPtr query;
};
struct ScalarSubquery {
  QueryPtr query;
};
/// Searched CASE; a simple one becomes comparisons of the operand.
struct Case {
  struct When {
    ExprPtr condition;
    ExprPtr result;
  };
  std::vector<When> whens;
  ExprPtr otherwise;  // may be null
};
struct Coalesce {
  std::vector<ExprPtr> operands;
};
struct Call {
  const FunctionDef* function = nullptr;
  std::vector<ExprPtr> arguments;
  std::string part;  // the part of a date, for the functions that take one: "year", "quarter", ...
};

struct Order {
  ExprPtr expr;
  bool descending = false;
};
/// SUM(x), COUNT(*), STRING_AGG(x, ',') WITHIN GROUP (ORDER BY y), GROUPING(key).
struct Aggregate {
  const FunctionDef* function = nullptr;
  std::vector<ExprPtr> arguments;
  bool distinct = false;
  bool star = false;
  std::vector<Order> within_group;
};
struct WindowBound {
  ast::FrameBound::Kind kind = ast::FrameBound::Kind::kCurrentRow;
  std::int64_t offset = 0;
};
struct Window {
  const FunctionDef* function = nullptr;
  std::vector<ExprPtr> arguments;
  bool star = false;
  bool ignore_nulls = false;
  std::vector<ExprPtr> partition_by;
  std::vector<Order> order_by;
  bool has_frame = false;
  ast::WindowFrame::Unit unit = ast::WindowFrame::Unit::kRange;
  WindowBound start;
  WindowBound end;
};

using ExprNode =
    std::variant<Literal, Held, Column, Arithmetic, DateShift, Concat, Negate, Bitwise, BitNot,
                 Convert, RequireValue, Compare, Logical, Not, Like, Between, InList, Quantified,
                 IsNull, Distinct, Exists, ScalarSubquery, Case, Coalesce, Call, Aggregate, Window>;

struct Expr {
  SqlType type;
  bool nullable = true;
  ast::Span span;
  ExprNode node;
};

// --- Relations
// ----------------------------------------------------------------------------------------------------

/// A table expression of the engine, as the context resolved it.
struct EngineTable {
  std::string engine_sql;
  NarrowedSource narrowed;  // see Source
};
struct Derived {
  QueryPtr query;  // its columns are c0, c1, ...
};
/// A use of the common table with that number of an enclosing query.
struct CommonTableUse {
  int number = 0;
  bool recursive = false;  // inside its own definition
};
struct Values {
  std::vector<std::vector<ExprPtr>> rows;  // columns c0, c1, ...
};
/// The engine's table function for a known T-SQL one (STRING_SPLIT, GENERATE_SERIES, OPENJSON).
struct TableFunction {
  const FunctionDef* function = nullptr;
  std::vector<ExprPtr> arguments;
};
/// OPENJSON(json, path). Without `columns` it gives key, value and type; else c0, c1, … as text.
struct OpenJson {
  struct Column {
    std::string path;
    bool as_json = false;  // an object or array, else a scalar
  };
  ExprPtr json;
  ExprPtr path;  // text; '$' where none is written
  std::vector<Column> columns;
};
/// PREDICT. All that it gives belongs to the relation of `data`: its columns, and the outputs as
/// o0, o1, ...
struct Predict {
  RelationPtr data;
  std::string engine_function;
  std::vector<ExprPtr> inputs;  // over `data`, in the function's order
  int call = 0;  // the relation whose columns are the fields of the struct that the function gives
  std::vector<ExprPtr> outputs;  // over `call`
};
struct Join {
  ast::JoinKind kind;
  RelationPtr left;
  RelationPtr right;
  ExprPtr on;  // null for cross joins and applies
};

using RelationNode = std::variant<EngineTable, Derived, CommonTableUse, Values, TableFunction,
                                  OpenJson, Predict, Join>;

struct Relation {
  int number = 0;  // 0 for a join
  ast::Span span;
  RelationNode node;
};

// --- Queries
// ------------------------------------------------------------------------------------------------------

struct ResultColumn {
  std::string name;  // empty where the query gives none
  SqlType type;
  bool nullable = true;
  int base = kNoBase;  // of the table that the statement changes: see SourceColumn
};

/// GROUP BY and aggregates. Its relation has the keys (k0, k1, ...) and then the aggregates (a0,
/// a1, ...).
struct Aggregation {
  int relation = 0;
  std::vector<ExprPtr> keys;
  std::vector<ExprPtr> aggregates;  // nodes are Aggregate
  std::vector<std::vector<int>>
      sets;             // grouping sets as indices of keys; empty: one set with all keys
  bool scalar = false;  // no GROUP BY: one row even without input
};

struct Top {
  ExprPtr count;  // a constant: bigint, or float for percent
  bool percent = false;
  bool with_ties = false;
};

struct Select {
  RelationPtr from;  // null without FROM
  ExprPtr where;
  std::optional<Aggregation> aggregation;
  ExprPtr having;
  std::vector<ExprPtr> items;
  bool distinct = false;
  std::optional<Top> top;
};

struct SetOperation {
  ast::SetOperation::Op op;
  bool all = false;
  QueryPtr left;  // both sides converted to the result's types
  QueryPtr right;
};

/// FOR JSON: the rows as one text, in their order; NULL without rows.
struct JsonRows {
  /// A property of a row's object; `level` counts the nested objects of AUTO.
  struct Item {
    std::vector<std::string> path;  // names from the outside in
    ExprPtr json;                   // over `relation`, whose columns are those of `rows`
    std::size_t level = 0;
  };
  QueryPtr rows;
  int relation = 0;
  std::vector<Item> items;
  std::vector<std::string> levels;  // AUTO's nested arrays' names: all but the outermost
  std::optional<std::string> root;
  bool include_nulls = false;
  bool without_wrapper = false;
};

/// FOR XML: the rows as one text, in their order; NULL without content.
struct XmlRows {
  /// An element, an attribute of one, or its content.
  struct Node {
    enum class Kind { kElement, kAttribute, kText, kAtomic, kComment, kXml };
    Kind kind = Kind::kElement;
    std::string name;            // of elements and attributes
    ExprPtr value;               // of the others: text over `relation`; kXml's is XML already
    std::vector<Node> children;  // of elements; attributes first
  };
  QueryPtr rows;
  int relation = 0;
  std::vector<Node> nodes;  // of a row
  std::string row;          // its element's name; empty for none
  std::optional<std::string> root;
  bool shows_nulls = false;  // XSINIL
  bool typed = false;        // TYPE
};

struct CommonTable {
  int number = 0;
  QueryPtr query;                    // the anchor of a recursive one
  std::vector<QueryPtr> recursions;  // its recursive members; none in a plain one
  int recursion_max = 100;
};

/// A sort key: an expression over the select's own relations, or one of the result's columns.
struct SortKey {
  ExprPtr expr;  // null where `column` counts
  int column = -1;
  bool descending = false;
};

/// SELECT @v = expr: column i goes to the variable, unless the query accumulates.
struct Assign {
  std::string variable;
};

/// SELECT @v = @v + c: a value reads a variable that the same SELECT assigns. Row by row and from
/// left to right each step's value goes to its variable. Slots are the variables, then the query's
/// columns.
struct Accumulation {
  struct Step {
    std::size_t variable = 0;
    ExprPtr value;  // of Held values; of the variable's type
  };
  std::vector<std::string> variables;
  std::vector<Step> steps;
};

struct Query {
  std::vector<CommonTable> common_tables;
  std::variant<Select, SetOperation, JsonRows, XmlRows> node;
  std::vector<SortKey> order_by;
  ExprPtr offset;  // bigint constants; may be null
  ExprPtr fetch;
  std::vector<ResultColumn> columns;
  std::vector<Assign> assigns;               // as many as columns, or none
  std::optional<Accumulation> accumulation;  // then the columns are what its values take of a row
};

}  // namespace bound
}  // namespace tarn::sql
