#pragma once
// What the binder asks of its surroundings: tables, variables, models and facts of the session. The
// session implements it; the binder never looks anything up itself.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "detail/syntax/ast.h"
#include "detail/types/date_order.h"
#include "detail/types/type.h"
#include "lake/predicate.h"

namespace tarn::sql {

namespace bound {
struct Expr;
}

/// Arguments of a system function (functions/catalogue_system.cc).
inline constexpr std::size_t kSystemArgumentsMax = 5;

/// Engine SQL of a source that may leave out files without a row for which the predicate is true.
using NarrowedSource = std::function<std::string(const lake::delta::Predicate&)>;

/// A value outside the engine: a variable, a default, @@ROWCOUNT. `text` is its canonical form,
/// nothing for NULL:
///   bit 0 or 1; integers and decimals in digits; float and real with 17 or 9 digits; date
///   2024-01-31, time 12:30:00.123, datetime and datetime2 2024-01-31 12:30:00.123, datetimeoffset
///   the same on its own clock with +00:00 or another offset; text as it is (UTF-8); binary its
///   bytes; uniqueidentifier with hyphens.
struct Constant {
  SqlType type;
  std::optional<std::string> text;
};

/// What a column is of the table whose rows UPDATE, DELETE or MERGE change: nothing, its rows'
/// number, or from 0 on its column.
inline constexpr int kNoBase = -1;
inline constexpr int kRowNumber = -2;

struct SourceColumn {
  std::string name;
  SqlType type;  // character types may leave the collation null: the context's default
  bool nullable = true;
  std::string engine_name;  // empty: `name`
  /// Not in `*` and not found by name. A row set's methods are hidden columns called "filename()",
  /// "filepath()", "filepath(1)", ...
  bool hidden = false;
  int base = kNoBase;
};

/// Something to read from. `engine_sql` is what may stand before `AS "t1"` in the engine's FROM: a
/// quoted table name, a subquery in brackets, or read_parquet([...]). Its columns must have exactly
/// the engine type of their SQL type (engine_type_sql in translate/engine_type.h), or else be cast
/// in it.
struct Source {
  std::string engine_sql;
  std::vector<SourceColumn> columns;
  std::string database;  // as column references may be qualified: db.schema.table.column; empty
                         // parts never match
  std::string schema;
  std::string name;
  /// Of a lake table: stands for `engine_sql` where the query's own conditions refute some of its
  /// files. May be empty.
  NarrowedSource narrowed;
};

class BindContext;

/// A view: bound where it is used, in its own surroundings.
struct ViewSource {
  std::shared_ptr<const ast::Query> query;
  std::vector<std::string> columns;  // CREATE VIEW v (a, b); empty: the query's own
  std::shared_ptr<BindContext>
      context;  // names inside resolve here (the view's database, no variables)
  std::string database;
  std::string schema;
  std::string name;
};

/// A function that the user made: its definition, and where names in it resolve.
struct FunctionSource {
  std::shared_ptr<const ast::CreateFunction> function;
  std::shared_ptr<BindContext> context;
  std::string schema;
  std::string name;
};

/// A model that PREDICT calls. Its engine function takes `inputs` in order and gives a STRUCT of
/// `outputs`.
struct Model {
  struct Input {
    std::size_t column = 0;  // index into the data columns that resolve_model() got
    SqlType type;            // what it is converted to before the call
  };
  struct Output {
    std::string name;         // as PREDICT's WITH names it
    std::string engine_name;  // the field of the struct
    SqlType engine_result;    // the type that the field has
    SqlType type;             // the type that WITH declares
  };
  std::string engine_function;
  std::vector<Input> inputs;
  std::vector<Output> outputs;
};

/// Each resolve_… throws Error with SQL Server's number and the place of what it does not find.
class BindContext {
 public:
  virtual ~BindContext() = default;

  /// Of the current database: what literals, variables and columns without their own compare under.
  virtual const Collation* default_collation() const = 0;

  /// A table, temporary table, system view or view. 208 when there is none (with a hint where a
  /// name is near).
  virtual std::variant<Source, ViewSource> resolve_table(const ast::Name& name) = 0;
  /// The function of that name; nothing where there is none.
  virtual std::optional<FunctionSource> resolve_function(const ast::Name&) { return std::nullopt; }
  /// What a scalar function gives for these arguments: for functions that cannot become a part of
  /// the statement.
  virtual Constant call_function(const FunctionSource& function,
                                 std::span<const Constant> arguments, ast::Span span);
  /// The rows of a table-valued function of several statements; they last as long as the statement.
  virtual Source call_table_function(const FunctionSource& function,
                                     std::span<const Constant> arguments, ast::Span span);
  /// The value of an expression that depends on no row.
  virtual Constant constant_value(const bound::Expr& expr);
  /// FROM @t. 1087.
  virtual Source resolve_table_variable(std::string_view name, ast::Span span) = 0;
  virtual Source resolve_openrowset(const ast::OpenRowset& rowset, ast::Span span) = 0;
  /// Checks names and types of `data` (with the place of `predict`).
  virtual Model resolve_model(const ast::Predict& predict, std::span<const SourceColumn> data,
                              ast::Span span) = 0;

  /// `@x`. 137 when it is not declared.
  virtual Constant resolve_variable(std::string_view name, ast::Span span) = 0;
  /// `@@ROWCOUNT` and its like, in upper case. 137.
  virtual Constant resolve_global(std::string_view name, ast::Span span) = 0;
  /// DB_NAME, OBJECT_ID, SUSER_SNAME, ERROR_MESSAGE, SESSION_CONTEXT ...: facts of the session.
  /// `name` is in upper case; arguments are constants (nothing: NULL). All names are in
  /// functions/catalogue_system.cc.
  virtual Constant system_value(std::string_view name, std::span<const Constant> arguments,
                                ast::Span span) = 0;
  /// The number under which the engine asks for that function's value of each row: its arguments
  /// as text, binary ones as 0x01AF.
  virtual std::int64_t row_fact(std::string_view name, std::size_t arguments);
  /// The statement's time, UTC, in microseconds since 1970: all of GETDATE() in a statement agree.
  virtual std::int64_t now_us() const = 0;
  /// SET DATEFIRST: 1 is Monday, 7 is Sunday.
  virtual int date_first() const { return 7; }
  /// SET DATEFORMAT.
  virtual DateOrder date_order() const { return DateOrder::kMdy; }
};

}  // namespace tarn::sql
