#pragma once
// sp_prepare, sp_execute and their like: texts that a session keeps under a number.
// https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-prepare-transact-sql

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "detail/syntax/ast.h"

namespace tarn::sql {

struct Execution;
struct Frame;

struct PreparedText {
  std::string declarations;  // "@p1 int, @p2 nvarchar(10) OUTPUT"
  std::string text;
  std::string procedure;  // of sp_prepexecrpc: its name in T-SQL; there is no text then
};

/// Those of a session.
class PreparedTexts {
 public:
  static constexpr std::size_t kTextsMax = 10'000;
  static constexpr std::size_t kBytesMax = 64 << 20;  // of all texts

  /// Its handle, from 1 on. Error 701 over the limits.
  int add(PreparedText text);
  /// Null where there is none.
  const PreparedText* find(std::int64_t handle) const;
  bool remove(std::int64_t handle);
  void clear();

 private:
  std::map<std::int64_t, PreparedText> texts_;
  int last_ = 0;
  std::size_t bytes_ = 0;
};

/// sp_prepare @handle OUTPUT, @params, @stmt, @options
void prepare(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_execute @handle, values…: 8179 for an unknown handle
void execute_prepared(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_prepexec @handle OUTPUT, @params, @stmt, values…; a handle that comes in is given up
void prepare_and_execute(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_prepexecrpc @handle OUTPUT, N'{call p(?, ?)}', values…
void prepare_and_call(Execution& run, Frame& caller, const ast::Execute& statement);
/// sp_unprepare @handle: 8179 for an unknown one
void unprepare(Execution& run, Frame& caller, const ast::Execute& statement);

}  // namespace tarn::sql
