#pragma once
// The filter and order language of MLflow's search: comparisons joined by AND.
//
//   metrics.rmse < 3.5 AND params."learning rate" = '0.1' AND tags.`mlflow.user` ILIKE 'a%'
//   attributes.status IN ('FINISHED', 'FAILED') AND run_name LIKE 'night%' AND tags.x IS NULL
//
// Only texts are understood here; what an attribute is, says the search that uses it.

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tarn::meta::search {

enum class Subject { kAttribute, kMetric, kParam, kTag, kDataset };
/// MLflow's word: "attribute", "metric", "parameter", "tag", "dataset".
std::string_view name_of(Subject subject);

enum class Comparison {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kLike,
  kILike,
  kIn,
  kNotIn,
  kIsNull,
  kIsNotNull,
};
/// As SQL has it: "=", "NOT IN".
std::string_view name_of(Comparison comparison);

struct Identifier {
  Subject subject = Subject::kAttribute;
  std::string key;
};

/// A number is kept as it was written.
struct Number {
  std::string text;
  bool integer = false;
};
using Operand = std::variant<std::monostate, Number, std::string, std::vector<std::string>>;

struct Clause {
  Identifier left;
  Comparison comparison = Comparison::kEqual;
  Operand right;  // empty for IS NULL
};

struct OrderTerm {
  Identifier by;
  bool ascending = true;
};

/// Throws Error(kInvalidArgument) in MLflow's words. An empty text has no clauses.
std::vector<Clause> parse_filter(std::string_view text);
/// "metrics.rmse DESC".
OrderTerm parse_order(std::string_view text);

/// An attribute that a search knows; several names may mean one.
struct Attribute {
  std::string_view name;
  std::string_view column;  // an expression of the store's SQL
  bool numeric = false;
  bool lists = false;  // takes IN
};
/// Throws Error(kInvalidArgument) that lists those that there are.
const Attribute& attribute_of(std::span<const Attribute> known, const std::string& key);
/// Checks that the comparison and the operand are those that the subject takes. `attribute` is null
/// for other subjects.
void check_clause(const Clause& clause, const Attribute* attribute);

}  // namespace tarn::meta::search
