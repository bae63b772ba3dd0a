#pragma once
// How the catalogue writes a function in one line.

#include <utility>
#include <vector>

#include "detail/functions/function.h"
#include "detail/functions/result_rules.h"

namespace tarn::sql {

struct ArgumentCount {
  int min;
  int max;
  ArgumentCount(int exact) : min(exact), max(exact) {}  // NOLINT: a plain number is a count
  ArgumentCount(int least, int most) : min(least), max(most) {}
};

inline FunctionDef define(std::string_view name, ArgumentCount count, std::vector<Take> take,
                          ResultRule result, std::string_view engine,
                          Nulls nulls = Nulls::kPropagate) {
  FunctionDef function;
  function.name = name;
  function.arguments_min = count.min;
  function.arguments_max = count.max;
  function.take = std::move(take);
  function.result = result;
  function.engine = engine;
  function.nulls = nulls;
  return function;
}

inline FunctionDef of_kind(FunctionKind kind, FunctionDef function) {
  function.kind = kind;
  return function;
}

inline FunctionDef volatile_function(FunctionDef function) {
  function.pure = false;
  return function;
}

inline FunctionDef emitted_by(std::string (*emit)(const Emission&), FunctionDef function) {
  function.emit = emit;
  return function;
}

}  // namespace tarn::sql
