#pragma once
// The functions of T-SQL that Tarn knows, as data: name, arguments, result type, and the engine's
// expression for it.
//
// Only what stands in the catalogue (functions/catalogue_*.cc) can be called: any other name is
// error 195, so nothing of the engine's own functions can be reached by name.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "detail/bind/bound.h"

namespace tarn::sql {

enum class FunctionKind {
  kScalar,
  kAggregate,  // also with OVER
  kRanking,    // OVER with ORDER BY only
  kOffset,     // LAG, LEAD, FIRST_VALUE, LAST_VALUE
  kTable,      // in FROM
  kSystem,     // a fact of the session: BindContext::system_value
};

/// What an argument is converted to before the call.
enum class Take : std::uint8_t {
  kAny,   // left alone; an untyped NULL becomes int
  kText,  // text stays, anything else as CAST(x AS varchar); not binary
  kInt,
  kBigInt,
  kFloat,
  kNumber,    // any number stays, text becomes float
  kDate,      // date
  kMoment,    // a date or time stays, text and numbers become datetime
  kBinary,    // binary stays, text as its bytes
  kBytes,     // text or binary as bytes; nothing else
  kDatePart,  // an undelimited word: year, qq, ...
  kLike0,     // the type of the first argument
  kOrdered,   // anything that can be compared
  kFormat,    // numbers and dates; not bit
  kBits,      // an integer or a binary value, not a large one
};

enum class Nulls : std::uint8_t { kPropagate, kNever, kAlways };

using ResultRule = SqlType (*)(std::span<const bound::ExprPtr> arguments);

/// What an `emit` function gets: the arguments as the engine's SQL, with their types, and the
/// result's type.
struct Emission {
  std::span<const std::string> arguments;
  std::span<const SqlType> types;
  SqlType result;
  std::string part;
  std::string distinct;  // "DISTINCT " or empty
  std::string over;      // " OVER (...)" or empty
};

/// `engine` is the engine's expression. {0} {1} … are the arguments, {*} all of them with commas
/// and {rest} all but the first, {key0} an argument as its collation compares it, {fold0} the same
/// in lower case where the call ignores case, {fold} whether it does, {unit0} the unit of its
/// length, {ts0} a date or time as a TIMESTAMP, {utc0} the same where a
/// datetimeoffset counts in UTC, {large0} whether it is (max), {bytes0} its size in bytes,
/// {family0} "number" or "moment", {part} the date part, {type} the result's engine type, {d}
/// DISTINCT, {over} the OVER clause, {order} the ORDER BY of WITHIN GROUP. Its result is cast to
/// the result type. Where a template does not reach, `emit` makes the expression.
struct FunctionDef {
  std::string_view name;
  FunctionKind kind = FunctionKind::kScalar;
  int arguments_min = 0;
  int arguments_max = 0;   // -1: any number
  std::vector<Take> take;  // the last one counts for all further arguments
  ResultRule result = nullptr;
  Nulls nulls = Nulls::kPropagate;
  std::string_view engine;
  bool pure = true;  // false: each call may give another value
  std::string (*emit)(const Emission&) = nullptr;
};

/// The function of that name that takes so many arguments; where the name is known but the number
/// is not, `known` is true. Names in any case.
const FunctionDef* find_function(std::string_view name, std::size_t arguments, bool& known);
/// All names, for "did you mean" and the documentation's test.
std::vector<std::string> function_names();
/// Functions of SQL Server that are refused by name (bind/bind_builtin.cc).
std::vector<std::string> refused_function_names();
/// The canonical part of a date for any of its names ("yyyy" is "year"), or empty.
std::string_view date_part(std::string_view name);

// The catalogue, by theme.
std::span<const FunctionDef> text_functions();
std::span<const FunctionDef> number_functions();
std::span<const FunctionDef> date_functions();
std::span<const FunctionDef> json_functions();
std::span<const FunctionDef> aggregate_functions();
std::span<const FunctionDef> system_functions();

}  // namespace tarn::sql
