#pragma once
// The syntax tree of T-SQL: names, types, expressions and queries.
//
// Each kind of node is an alternative of a variant: visit it with a visitor that names every
// alternative (Overloaded below, without `auto`), and a new kind of node does not compile until it
// is handled. The tree says what was written and where, never what it means: names are unresolved,
// literals are text, nothing has a type.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "detail/syntax/span.h"

namespace tarn::sql::ast {

/// std::visit(Overloaded{[](const Literal&) {...}, ...}, expr.node)
template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

struct Expr;
struct Query;
struct QueryTerm;
struct TableSource;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::unique_ptr<Query>;
using QueryTermPtr = std::unique_ptr<QueryTerm>;
using TableSourcePtr = std::unique_ptr<TableSource>;

/// One part of a name without its delimiters: `[a]]b]` is "a]b". Names compare without regard to
/// case.
struct Identifier {
  std::string text;
  bool delimited = false;  // written as [x] or "x": never a keyword, a part of a date or a function
                           // without brackets
  Span span;
};

/// `a.b.c.d`; an omitted part is empty (`db..t` has three parts). A temporary table's name begins
/// with '#' or "##".
struct Name {
  std::vector<Identifier> parts;
  Span span;

  const Identifier& last() const { return parts.back(); }
  /// The part counted from the right (0 is the last); empty when absent or omitted.
  std::string_view from_right(std::size_t index) const {
    return index < parts.size() ? std::string_view(parts[parts.size() - 1 - index].text)
                                : std::string_view();
  }
};

/// `decimal(10, 2)`, `nvarchar(max)`, `datetime2(7)`, `dbo.mytype`. Of several spellings the
/// canonical one is given in lower case: "float" for `double precision`, "varchar" for `character
/// varying`, "nvarchar" for `national char varying`, "decimal" for `dec`, "int" for `integer`,
/// "varbinary" for `binary varying`, "rowversion" for `timestamp`.
struct TypeName {
  std::string name;    // lower case, without schema
  std::string schema;  // as written; empty without
  std::optional<int>
      length;                // the first number in brackets: length, precision or fractional digits
  std::optional<int> scale;  // the second one
  bool max = false;          // (max)
  Span span;
};

/// A column of a WITH (...) list of OPENROWSET, OPENJSON and PREDICT.
struct SchemaColumn {
  Identifier name;
  TypeName type;
  std::optional<Identifier> collation;
  std::optional<bool> nullable;     // NULL or NOT NULL where written
  std::optional<int> ordinal;       // 1-based: `c int 3`
  std::optional<std::string> path;  // `c int '$.a'`, or the source column's name
  bool as_json = false;             // OPENJSON's AS JSON
  Span span;
};

/// `name`, `name = value`, `name value`, `name = (option, ...)`: of OPENROWSET, COPY, CREATE TABLE
/// ... WITH and OPTION. Exactly one of value, word and nested is set, or none.
struct Option {
  std::string name;  // upper case, words joined by one blank: "CLUSTERED COLUMNSTORE INDEX"
  ExprPtr value;     // a literal (maybe signed) or a variable
  std::optional<Identifier> word;  // TRUE, OFF, HASH, ROUND_ROBIN, ...
  std::vector<Option>
      nested;  // CREDENTIAL = (IDENTITY = '...', SECRET = '...'); HASH(c) has word HASH and c here
  Span span;
};

struct NullLiteral {};
/// DEFAULT, where a value may be left to the default (VALUES, arguments of EXEC, assignments of
/// UPDATE).
struct DefaultValue {};
/// The text as written, without sign. An integer may be larger than any integer type (it is then a
/// decimal).
struct NumberLiteral {
  enum class Form { kInteger, kDecimal, kFloat, kMoney };
  Form form = Form::kInteger;
  std::string text;  // kMoney without its currency sign
};
struct StringLiteral {
  std::string value;      // UTF-8, doubled quotes undone
  bool national = false;  // N'...'
};
struct BinaryLiteral {
  std::string bytes;  // 0x alone is empty
};
/// A column, or an undelimited word that a function takes (`day` in DATEADD(day, 1, d)).
struct ColumnRef {
  Name name;
};
/// `@x`, with its '@'.
struct Variable {
  std::string name;
};
/// `@@ROWCOUNT`: upper case, with both '@'.
struct GlobalVariable {
  std::string name;
};

enum class UnaryOp { kPlus, kMinus, kBitNot };
struct Unary {
  UnaryOp op;
  ExprPtr operand;
};

enum class BinaryOp { kAdd, kSubtract, kMultiply, kDivide, kModulo, kBitAnd, kBitOr, kBitXor };
struct Binary {
  BinaryOp op;
  ExprPtr left;
  ExprPtr right;
};

/// `!<` is kGreaterEqual and `!>` is kLessEqual.
enum class ComparisonOp { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
struct Comparison {
  ComparisonOp op;
  ExprPtr left;
  ExprPtr right;
};
/// A chain of two or more operands: a AND b AND c.
struct Logical {
  enum class Op { kAnd, kOr };
  Op op;
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
};
struct Between {
  ExprPtr operand;
  ExprPtr low;
  ExprPtr high;
  bool negated = false;
};
struct InList {
  ExprPtr operand;
  std::vector<ExprPtr> list;
  bool negated = false;
};
struct InSubquery {
  ExprPtr operand;
  QueryPtr query;
  bool negated = false;
};
struct IsNull {
  ExprPtr operand;
  bool negated = false;
};
/// `left IS DISTINCT FROM right`; negated: IS NOT DISTINCT FROM.
struct Distinct {
  ExprPtr left;
  ExprPtr right;
  bool negated = false;
};
struct Exists {
  QueryPtr query;
};
/// `left op ANY (query)`; SOME is ANY.
struct Quantified {
  ComparisonOp op;
  bool all = false;
  ExprPtr left;
  QueryPtr query;
};
struct ScalarSubquery {
  QueryPtr query;
};
struct Case {
  struct When {
    ExprPtr condition;  // a value to compare with `operand` where there is one, else a predicate
    ExprPtr result;
  };
  ExprPtr operand;  // may be null
  std::vector<When> whens;
  ExprPtr otherwise;  // may be null
};
/// CAST, CONVERT and PARSE and their TRY_ forms.
struct Cast {
  enum class Form { kCast, kConvert, kParse };
  Form form = Form::kCast;
  bool tries = false;  // NULL instead of an error
  ExprPtr operand;
  TypeName type;
  ExprPtr style;  // CONVERT's style or PARSE's culture; may be null
};
struct Collate {
  ExprPtr operand;
  Identifier collation;
};
struct AtTimeZone {
  ExprPtr operand;
  ExprPtr zone;
};

/// (SELECT … FOR XML …, TYPE).value('.', 'nvarchar(max)')
struct XmlValue {
  ExprPtr xml;
  std::string path;
  TypeName type;
};

struct OrderItem {
  ExprPtr expr;
  bool descending = false;
  Span span;
};

struct FrameBound {
  enum class Kind { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing };
  Kind kind = Kind::kCurrentRow;
  ExprPtr offset;  // of kPreceding and kFollowing
};
struct WindowFrame {
  enum class Unit { kRows, kRange };
  Unit unit = Unit::kRows;
  FrameBound start;
  FrameBound end;  // kCurrentRow where only one bound was written
  Span span;
};
/// OVER (...), OVER w, or the definition in a WINDOW clause.
struct Window {
  std::optional<Identifier> base;  // a named window
  std::vector<ExprPtr> partition_by;
  std::vector<OrderItem> order_by;
  std::optional<WindowFrame> frame;
  Span span;
};

/// A call with all that may be written around it. Also functions without brackets
/// (CURRENT_TIMESTAMP, USER), and methods of a row set: r.filepath(1) has the name parts "r" and
/// "filepath".
struct FunctionCall {
  enum class Nulls { kUnspecified, kRespect, kIgnore };
  enum class Trim { kUnspecified, kBoth, kLeading, kTrailing };
  Name name;
  std::vector<ExprPtr> arguments;
  bool brackets = true;                 // false for CURRENT_TIMESTAMP
  bool star = false;                    // COUNT(*)
  bool distinct = false;                // COUNT(DISTINCT x)
  std::vector<OrderItem> within_group;  // STRING_AGG(...) WITHIN GROUP (ORDER BY ...)
  Nulls nulls = Nulls::kUnspecified;
  Trim trim =
      Trim::kUnspecified;  // TRIM([LEADING] characters FROM text): arguments are characters, text
  std::unique_ptr<Window> over;  // null without OVER
};

using ExprNode =
    std::variant<NullLiteral, DefaultValue, NumberLiteral, StringLiteral, BinaryLiteral, ColumnRef,
                 Variable, GlobalVariable, Unary, Binary, Comparison, Logical, Not, Like, Between,
                 InList, InSubquery, IsNull, Distinct, Exists, Quantified, ScalarSubquery, Case,
                 Cast, Collate, AtTimeZone, XmlValue, FunctionCall>;

struct Expr {
  Span span;
  ExprNode node;
  int height = 1;  // of the tree below, subqueries included; never above kTreeHeightMax
};

struct TableAlias {
  std::optional<Identifier> name;
  std::vector<Identifier> columns;  // AS t(a, b)
};

struct NamedTable {
  Name name;
  std::vector<std::string> hints;  // upper case: NOLOCK
};
/// FROM @t
struct VariableTable {
  std::string name;
};
struct DerivedTable {
  QueryPtr query;
};
/// (VALUES (1, 'a'), (2, 'b')) AS t(n, s)
struct ValuesTable {
  std::vector<std::vector<ExprPtr>> rows;
};
/// A table-valued function; `schema` is OPENJSON's WITH.
struct FunctionTable {
  FunctionCall call;
  std::optional<std::vector<SchemaColumn>> schema;
};
/// OPENROWSET(BULK ..., options) WITH (...)
struct OpenRowset {
  std::vector<std::string> paths;
  std::vector<Span> path_spans;  // one a path
  std::vector<Option>
      options;  // FORMAT, DATA_SOURCE, PARSER_VERSION, HEADER_ROW, ...; SINGLE_CLOB without a value
  std::optional<std::vector<SchemaColumn>> schema;
};
/// PREDICT(MODEL = ..., DATA = ... AS d, RUNTIME = ONNX) WITH (...)
struct Predict {
  ExprPtr model;        // a variable, a binary or string literal, or a scalar subquery
  TableSourcePtr data;  // with its alias
  std::optional<Identifier> runtime;
  std::vector<SchemaColumn> outputs;
};
/// source PIVOT (SUM(x) FOR c IN ([a], [b])) AS p
struct Pivot {
  TableSourcePtr source;
  FunctionCall aggregate;
  Name column;
  std::vector<Identifier> values;
};
/// source UNPIVOT (value FOR name IN (a, b)) AS u
struct Unpivot {
  TableSourcePtr source;
  Identifier value;
  Identifier name;
  std::vector<Name> columns;
};
enum class JoinKind { kInner, kLeft, kRight, kFull, kCross, kCrossApply, kOuterApply };
/// FROM a, b is kCross.
struct Join {
  JoinKind kind;
  TableSourcePtr left;
  TableSourcePtr right;
  ExprPtr on;  // null for kCross and the applies
};

using TableSourceNode = std::variant<NamedTable, VariableTable, DerivedTable, ValuesTable,
                                     FunctionTable, OpenRowset, Predict, Pivot, Unpivot, Join>;
struct TableSource {
  Span span;
  TableAlias alias;  // never of a Join
  TableSourceNode node;
  int height = 1;
};

/// `*` or `t.*`
struct StarItem {
  std::optional<Name> qualifier;
};
/// `expr`, `expr AS alias`, `alias = expr`
struct ExprItem {
  ExprPtr expr;
  std::optional<Identifier> alias;
};
/// `=`, `+=`, ... of SET, SELECT and UPDATE.
enum class AssignOp {
  kSet,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kBitAnd,
  kBitOr,
  kBitXor
};
/// `@v = expr`
struct AssignItem {
  std::string variable;
  AssignOp op = AssignOp::kSet;
  ExprPtr expr;
};
struct SelectItem {
  Span span;
  std::variant<StarItem, ExprItem, AssignItem> node;
};

struct Top {
  ExprPtr count;
  bool percent = false;
  bool with_ties = false;
  Span span;
};

/// An element of GROUP BY. kSet is (a, b), and () when it is empty, inside the other three only.
struct GroupingElement {
  enum class Kind { kExpression, kSet, kRollup, kCube, kGroupingSets };
  Kind kind = Kind::kExpression;
  std::vector<ExprPtr> expressions;       // kExpression: one; kSet: any number
  std::vector<GroupingElement> elements;  // kRollup, kCube: kExpression or kSet; kGroupingSets: any
  Span span;
};

struct NamedWindow {
  Identifier name;
  Window window;
};

struct Select {
  bool distinct = false;
  std::optional<Top> top;
  std::vector<SelectItem> items;
  std::optional<Name> into;
  TableSourcePtr from;  // null without FROM; a comma is a cross join
  ExprPtr where;
  bool has_group_by = false;
  std::vector<GroupingElement> group_by;
  ExprPtr having;
  std::vector<NamedWindow> windows;
};

struct SetOperation {
  enum class Op { kUnion, kExcept, kIntersect };
  Op op;
  bool all = false;  // UNION ALL
  QueryTermPtr left;
  QueryTermPtr right;
};

struct QueryTerm {
  Span span;
  std::variant<Select, SetOperation> node;
  int height = 1;
};

struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;
  QueryPtr query;
  Span span;
};

/// FOR JSON PATH, ROOT('r'), INCLUDE_NULL_VALUES; FOR XML RAW('row'), ELEMENTS, TYPE. What is not
/// there is kept for a refusal by name.
struct ForClause {
  enum class Kind { kJsonPath, kJsonAuto, kXmlPath, kXmlRaw, kOther };
  Kind kind = Kind::kOther;
  std::string what;                 // "FOR JSON", "FOR XML"; of kOther with what is refused
  std::optional<std::string> root;  // ROOT is "root"
  bool include_nulls = false;       // INCLUDE_NULL_VALUES; XML's XSINIL
  bool without_wrapper = false;
  std::string row = "row";  // the element of a row; empty for none
  bool typed = false;       // TYPE: XML instead of text
  bool elements = false;    // of RAW

  bool is_xml() const { return kind == Kind::kXmlPath || kind == Kind::kXmlRaw; }
  Span span;
};

struct Query {
  Span span;
  std::vector<CommonTable> ctes;
  QueryTermPtr term;
  std::vector<OrderItem> order_by;
  ExprPtr offset;  // OFFSET n ROWS
  ExprPtr fetch;   // FETCH NEXT n ROWS ONLY
  std::optional<ForClause> for_clause;
  std::vector<Option> options;  // OPTION (...)
  int height = 1;
};

}  // namespace tarn::sql::ast
