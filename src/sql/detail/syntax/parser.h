#pragma once
// T-SQL text to its syntax tree, by recursive descent. Pure: no state, no lookup of names.

#include <cstddef>
#include <string>
#include <string_view>

#include "detail/syntax/ast.h"

namespace tarn::sql {

/// Longer batches are refused (kTooLarge), and those of more tokens.
inline constexpr std::size_t kBatchBytesMax = 16u << 20;
inline constexpr std::size_t kBatchTokensMax = 2'000'000;
/// Brackets, subqueries, blocks and ELSE IF inside each other.
inline constexpr int kParserDepthMax = 200;
/// Operators in one chain, operands of set operations and joins: no tree is higher, so that walking
/// it may recurse.
inline constexpr int kTreeHeightMax = 1000;
inline constexpr std::size_t kIdentifierCharactersMax = 128;

/// Throws Error(kInvalidArgument) with SqlStatus (102, 105, 113, 156, 103, 191, ... severity 15)
/// and Place{line, column}.
ast::Batch parse_batch(std::string_view text);

/// One expression, for instance a stored default; the whole text must be it.
ast::ExprPtr parse_expression(std::string_view text);

/// One query, for instance a stored view's.
ast::QueryPtr parse_query(std::string_view text);

/// "decimal(10, 2)"
ast::TypeName parse_type_name(std::string_view text);

}  // namespace tarn::sql
