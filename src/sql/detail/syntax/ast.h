#pragma once
// The syntax tree of T-SQL: statements and batches. Expressions and queries are in ast_query.h.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "detail/syntax/ast_query.h"

namespace tarn::sql::ast {

struct Statement;
using StatementPtr = std::unique_ptr<Statement>;

enum class Nullability { kUnspecified, kNull, kNotNull };

/// PRIMARY KEY, UNIQUE, CHECK, FOREIGN KEY, of a column or a table.
struct Constraint {
  enum class Kind { kPrimaryKey, kUnique, kCheck, kForeignKey };
  Kind kind = Kind::kPrimaryKey;
  std::optional<Identifier> name;
  std::vector<Identifier> columns;  // empty in a column's own constraint
  bool nonclustered = false;
  bool not_enforced = false;
  ExprPtr check;                   // of kCheck
  std::optional<Name> references;  // of kForeignKey
  Span span;
};

struct ColumnDefinition {
  Identifier name;
  TypeName type;  // its name is empty in a computed column
  std::optional<Identifier> collation;
  Nullability nullability = Nullability::kUnspecified;
  ExprPtr default_value;                   // may be null
  std::optional<Identifier> default_name;  // CONSTRAINT n DEFAULT v
  bool identity = false;                   // IDENTITY(seed, increment)
  ExprPtr identity_seed;                   // null where not written
  ExprPtr identity_increment;
  ExprPtr computed;  // `c AS expr`; may be null
  std::vector<Constraint> constraints;
  Span span;
};

/// DECLARE @x int = 1, @t TABLE (...)
struct Declare {
  struct Item {
    std::string name;  // with its '@'
    TypeName type;     // unused for a table
    ExprPtr value;     // may be null
    std::optional<std::vector<ColumnDefinition>> table;
    Span span;
  };
  std::vector<Item> items;
};
/// SET @x = expr
struct SetVariable {
  std::string name;
  AssignOp op = AssignOp::kSet;
  ExprPtr value;
};
/// SET NOCOUNT, ANSI_NULLS ON
struct SetOption {
  std::vector<std::string>
      names;  // upper case, words joined by one blank: "TRANSACTION ISOLATION LEVEL"
  std::optional<Identifier>
      word;       // ON, OFF, us_english, READ COMMITTED (in upper case, joined by one blank)
  ExprPtr value;  // SET ROWCOUNT 10, SET DATEFORMAT 'mdy'; may be null
  Name table;     // of SET IDENTITY_INSERT
};
struct Print {
  ExprPtr value;
};
struct If {
  ExprPtr condition;
  StatementPtr then;
  StatementPtr otherwise;  // may be null
};
struct While {
  ExprPtr condition;
  StatementPtr body;
};
struct Break {};
struct Continue {};
struct Return {
  ExprPtr value;  // may be null
};
/// GOTO label
struct Goto {
  Identifier label;
};
/// label:
struct Label {
  Identifier name;
};
/// WAITFOR DELAY '00:00:05', WAITFOR TIME '23:00'
struct WaitFor {
  bool until = false;  // TIME
  ExprPtr value;
};
/// BEGIN ... END
struct Block {
  std::vector<StatementPtr> statements;
};
struct TryCatch {
  std::vector<StatementPtr> body;
  std::vector<StatementPtr> handler;
};
/// THROW number, message, state; all three null to throw again.
struct Throw {
  ExprPtr number;
  ExprPtr message;
  ExprPtr state;
};
/// RAISERROR(message, severity, state, arguments...) WITH options
struct RaiseError {
  ExprPtr message;
  ExprPtr severity;
  ExprPtr state;
  std::vector<ExprPtr> arguments;
  std::vector<std::string> options;  // upper case
};
/// BEGIN, COMMIT, ROLLBACK and SAVE TRANSACTION
struct Transaction {
  enum class Kind { kBegin, kCommit, kRollback, kSave };
  Kind kind = Kind::kBegin;
  std::string written;  // "BEGIN TRAN": upper case
  std::optional<Identifier> name;
  std::optional<std::string> variable;  // in place of a name
};
struct Use {
  Identifier database;
};

/// EXEC @rc = dbo.p 1, @x = 2, @y = @out OUTPUT; EXEC ('text' + @more); EXEC @name.
struct Execute {
  struct Argument {
    std::optional<std::string> name;  // with its '@'
    ExprPtr value;  // DefaultValue for DEFAULT; a bare word is a StringLiteral, as in T-SQL
    bool output = false;
    Span span;
  };
  std::optional<std::string> result;  // @rc
  std::variant<Name, Variable, ExprPtr>
      target;  // a procedure, one named by a variable, or the text of a batch
  Span target_span;
  std::vector<Argument> arguments;
};

struct SelectStatement {
  QueryPtr query;
};

/// Of INSERT, UPDATE, DELETE, MERGE.
using Target = std::variant<Name, Variable>;

/// OUTPUT inserted.id, deleted.* [INTO t (a, b)]; `select` has its items alone. At most two of a
/// statement: one INTO, one to the client.
struct OutputClause {
  Select select;
  std::optional<Target> into;
  Span into_span;
  std::vector<Identifier> columns;
  Span span;
};

struct Insert {
  struct DefaultValues {};
  using Rows = std::vector<std::vector<ExprPtr>>;
  std::vector<CommonTable> ctes;
  Target target;
  Span target_span;
  std::vector<Identifier> columns;
  std::vector<OutputClause> outputs;
  std::variant<Rows, QueryPtr, std::unique_ptr<Execute>, DefaultValues> source;
  std::vector<Option> options;
};

/// `c = expr`, `c += expr`, `@v = expr`, `@v = c = expr`
struct Assignment {
  std::optional<Name> column;
  std::optional<std::string> variable;
  AssignOp op = AssignOp::kSet;
  ExprPtr value;
  Span span;
};
struct Update {
  std::vector<CommonTable> ctes;
  std::optional<Top> top;
  Target target;
  Span target_span;
  std::vector<Assignment> assignments;
  std::vector<OutputClause> outputs;
  TableSourcePtr from;  // may be null
  ExprPtr where;        // may be null
  std::vector<Option> options;
};
struct Delete {
  std::vector<CommonTable> ctes;
  std::optional<Top> top;
  Target target;
  Span target_span;
  std::vector<OutputClause> outputs;
  TableSourcePtr from;  // the second FROM; may be null
  ExprPtr where;        // may be null
  std::vector<Option> options;
};
struct Merge {
  enum class Match { kMatched, kNotMatchedByTarget, kNotMatchedBySource };
  enum class Action { kUpdate, kDelete, kInsert };
  struct Clause {
    Match match = Match::kMatched;
    ExprPtr condition;  // AND ...; may be null
    Action action = Action::kUpdate;
    std::vector<Assignment> assignments;  // kUpdate
    std::vector<Identifier> columns;      // kInsert
    std::vector<ExprPtr> values;          // kInsert; empty for DEFAULT VALUES
    Span span;
  };
  std::vector<CommonTable> ctes;
  std::optional<Top> top;
  Target target;
  Span target_span;
  TableAlias alias;
  TableSourcePtr source;
  ExprPtr on;
  std::vector<Clause> clauses;
  std::vector<OutputClause> outputs;
};
struct Truncate {
  Name table;
};
/// COPY INTO t (c DEFAULT 0 3, ...) FROM 'a', 'b' WITH (...)
struct Copy {
  struct Column {
    Identifier name;
    ExprPtr default_value;       // may be null
    std::optional<int> ordinal;  // 1-based field number
    Span span;
  };
  Name table;
  std::vector<Column> columns;
  std::vector<std::string> paths;
  std::vector<Span> path_spans;
  std::vector<Option> options;
};
/// INSERT BULK t (c type, ...) WITH (...): the rows come next, from the client.
struct InsertBulk {
  Name table;
  std::vector<SchemaColumn> columns;
  std::vector<Option> options;
};

enum class CreateMode { kCreate, kAlter, kCreateOrAlter };

/// Also CREATE TABLE AS SELECT. `options` are those of WITH (...).
struct CreateTable {
  Name name;
  std::vector<ColumnDefinition> columns;  // of a CTAS: only names, where any are written
  std::vector<Constraint> constraints;
  std::vector<Option>
      options;         // DISTRIBUTION, HEAP, CLUSTERED COLUMNSTORE INDEX, LOCATION, PARTITION
  QueryPtr as_select;  // may be null
};
struct CreateDatabase {
  Identifier name;
  std::optional<Identifier> collation;
  std::vector<Option> options;
};
/// ALTER DATABASE … MODIFY (…).
struct AlterDatabase {
  Identifier name;  // CURRENT: the current one
  std::vector<Option> options;
};
/// RENAME OBJECT t TO u, RENAME OBJECT t COLUMN a TO b.
struct RenameObject {
  Name object;
  std::optional<Identifier> column;
  Identifier to;
};
struct CreateSchema {
  Identifier name;
  std::optional<Identifier> authorization;
};
/// `definition` is the text of the whole statement, as OBJECT_DEFINITION shows it.
struct CreateView {
  CreateMode mode = CreateMode::kCreate;
  Name name;
  std::vector<Identifier> columns;
  std::vector<std::string> options;  // SCHEMABINDING, ...
  QueryPtr query;
  Span query_span;
  std::string definition;
};
struct Parameter {
  std::string name;  // with its '@'
  TypeName type;
  ExprPtr default_value;  // may be null
  bool output = false;
  bool read_only = false;
  Span span;
};
/// The body runs to the end of the batch. Its statements' spans point into the batch that defined
/// it; a stored procedure is parsed again from `definition`.
struct CreateProcedure {
  CreateMode mode = CreateMode::kCreate;
  Name name;
  std::vector<Parameter> parameters;
  std::vector<std::string> options;  // RECOMPILE, EXECUTE AS ... are kept, not acted on
  std::vector<StatementPtr> body;
  std::string definition;
};
/// A scalar function has a body, an inline table-valued one a query, one of several statements a
/// body that fills its table variable. Like a procedure it is kept as text and parsed again where
/// it is called.
struct CreateFunction {
  CreateMode mode = CreateMode::kCreate;
  Name name;
  std::vector<Parameter> parameters;
  std::vector<std::string> options;  // SCHEMABINDING, RETURNS NULL ON NULL INPUT, ...
  std::optional<TypeName> returns;   // of a scalar one
  std::string table;                 // of one of several statements: RETURNS @t TABLE (…)
  std::vector<ColumnDefinition> columns;
  std::vector<StatementPtr> body;
  QueryPtr query;  // of an inline table-valued one
  Span query_span;
  std::string definition;
};
enum class ObjectKind {
  kDatabase,
  kSchema,
  kTable,
  kView,
  kProcedure,
  kFunction,
  kExternalTable,
  kExternalDataSource,
  kExternalFileFormat,
  kCredential
};
struct Drop {
  ObjectKind kind = ObjectKind::kTable;
  bool if_exists = false;
  std::vector<Name> names;
};

/// ALTER TABLE t ADD c int, CONSTRAINT … | DROP COLUMN c, … | DROP CONSTRAINT n | ALTER COLUMN c
/// int
struct AlterTable {
  enum class Action { kAdd, kDropColumn, kDropConstraint, kAlterColumn };
  Action action = Action::kAdd;
  Name table;
  std::vector<ColumnDefinition> columns;  // kAdd; one of kAlterColumn
  std::vector<Constraint> constraints;    // kAdd
  /// kAdd: CONSTRAINT name DEFAULT value FOR column
  struct Default {
    std::optional<Identifier> name;
    Identifier column;
    ExprPtr value;
  };
  std::vector<Default> defaults;
  std::vector<Identifier> dropped;
  bool if_exists = false;
};
/// CREATE STATISTICS s ON t (c), UPDATE STATISTICS t (s), DROP STATISTICS t.s
struct Statistics {
  std::string written;  // "CREATE STATISTICS"
  Name table;
  std::vector<Identifier> statistics;  // none: all of the table's
  std::vector<Identifier> columns;     // of CREATE
};
/// CREATE EXTERNAL DATA SOURCE, EXTERNAL FILE FORMAT or DATABASE SCOPED CREDENTIAL. `definition` is
/// the statement's text.
struct CreateExternal {
  ObjectKind kind = ObjectKind::kExternalDataSource;
  Identifier name;
  std::vector<Option> options;
  std::string definition;
};
/// CREATE EXTERNAL TABLE t (columns) WITH (…), or AS SELECT. `definition` is the statement's text.
struct CreateExternalTable {
  Name name;
  std::vector<ColumnDefinition> columns;
  std::vector<Option> options;
  QueryPtr as_select;  // may be null
  std::string definition;
};

/// CREATE LOGIN n WITH PASSWORD = '…' | ALTER LOGIN n WITH PASSWORD = '…' [OLD_PASSWORD = '…'] |
/// ALTER LOGIN n ENABLE | DISABLE | DROP LOGIN n
struct LoginStatement {
  enum class Action { kCreate, kSetPassword, kEnable, kDisable, kDrop };
  Action action = Action::kCreate;
  Identifier name;
  std::string password;
  std::optional<std::string> old_password;
};
/// CREATE USER n [FOR LOGIN l] | DROP USER [IF EXISTS] n
struct UserStatement {
  bool drop = false;
  bool if_exists = false;
  Identifier name;
  Identifier login;
};
/// ALTER ROLE r ADD | DROP MEMBER n
struct RoleMember {
  bool drop = false;
  Identifier role;
  Identifier member;
};

/// CREATE | ALTER | DROP WORKLOAD GROUP n, CREATE | DROP WORKLOAD CLASSIFIER n; `options` are those
/// of WITH (…).
struct WorkloadStatement {
  enum class Action { kCreate, kAlter, kDrop };
  Action action = Action::kCreate;
  bool classifier = false;
  Identifier name;
  std::vector<Option> options;
};

/// A statement of T-SQL that we know and do not have. Whoever executes it refuses it by its name.
struct Unsupported {
  std::string what;  // "CREATE INDEX", "GRANT", "ALTER TABLE SWITCH", ...
};

using StatementNode =
    std::variant<SelectStatement, Insert, Update, Delete, Merge, Truncate, Copy, CreateTable,
                 CreateDatabase, AlterDatabase, RenameObject, CreateSchema, CreateView,
                 CreateProcedure, AlterTable, Statistics, CreateExternal, CreateExternalTable, Drop,
                 Declare, SetVariable, SetOption, Print, If, While, Break, Continue, Return, Block,
                 TryCatch, Throw, RaiseError, Transaction, Use, Execute, Goto, Label, WaitFor,
                 CreateFunction, InsertBulk, LoginStatement, UserStatement, RoleMember,
                 WorkloadStatement, Unsupported>;

struct Statement {
  Span span;
  StatementNode node;
};

/// What is sent at once. The spans of all nodes point into `text`.
struct Batch {
  std::string text;
  std::vector<StatementPtr> statements;
};

}  // namespace tarn::sql::ast
