#pragma once
// The translator's inside, over expression_sql.cc, call_sql.cc and query_sql.cc.

#include <map>
#include <string>
#include <vector>

#include "detail/bind/bound.h"
#include "detail/functions/function.h"
#include "lake/predicate.h"

namespace tarn::sql {

class Translator {
 public:
  std::string expression(const bound::Expr& expr);
  /// What stands for the value in comparisons, GROUP BY, DISTINCT and ORDER BY: text without
  /// trailing blanks, and in lower case where its collation ignores case.
  std::string key(const bound::Expr& expr, const Collation* collation = nullptr);
  std::string query(const bound::Query& query);

 private:
  struct ExpressionVisitor;
  friend struct ExpressionVisitor;
  struct RelationVisitor;
  friend struct RelationVisitor;

  // expression_sql.cc
  std::string arithmetic(const bound::Arithmetic& node, const SqlType& type);
  std::string decimal_arithmetic(const bound::Arithmetic& node, const SqlType& type);
  std::string compare(const bound::Compare& node);
  std::string like(const bound::Like& node);
  std::string quantified(const bound::Quantified& node);
  std::string order(const std::vector<bound::Order>& keys);

  // call_sql.cc
  std::string call(const bound::Call& node, const SqlType& type);
  std::string aggregate(const bound::Aggregate& node, const SqlType& type);
  std::string window(const bound::Window& node, const SqlType& type);
  /// A template of the catalogue with its places filled.
  std::string filled(const FunctionDef& function, const std::vector<bound::ExprPtr>& arguments,
                     Emission emission, const std::string& order, const std::string& nulls);

  // json_sql.cc
  std::string json_rows(const bound::JsonRows& json);
  std::string open_json(const bound::OpenJson& node);

  // xml_sql.cc
  std::string xml_rows(const bound::XmlRows& xml);
  /// The node as text, its parts behind kXmlMark; NULL where it has nothing to show.
  std::string xml_node(const bound::XmlRows::Node& node, bool shows_nulls);

  // query_sql.cc
  std::string select(const bound::Query& query, const bound::Select& select,
                     const std::string& extra);
  std::string set_operation(const bound::Query& query, const bound::SetOperation& operation);
  std::string common_tables(const bound::Query& query);
  std::string aggregated(const bound::Select& select);
  std::string distinct(const bound::Query& query, const std::string& rows);
  std::string relation(const bound::Relation& relation);
  std::string select_list(const bound::Query& query, const bound::Select& select,
                          const std::string& extra);
  /// ORDER BY, LIMIT and OFFSET over the result's columns.
  std::string tail_over_columns(const bound::Query& query, const std::string& rows,
                                const bound::Top* top);
  std::string limit(const bound::Query& query, const bound::Top* top);

  /// What WHERE demands of the rows of a lake table, by the relation's number (narrowing.h).
  std::map<int, lake::delta::Predicate> narrowing_;

  /// The extra item of the query that is translated next: a recursive part counts its depth.
  std::string depth_item_;
};

/// "t5"
std::string relation_name(int number);

/// Text as its collation compares it. A plain column may be written twice, which is several times
/// as fast: few texts have blanks at their end.
std::string text_key_sql(const std::string& expression, const Collation* collation, bool is_column);
/// Text in the form that decides equality under the collation: in lower case, without accents.
std::string folded_sql(const std::string& expression, const Collation* collation);
/// Whether values of the type that are written differently may be equal: text, and datetimeoffset.
bool has_key(const SqlType& type);
/// What stands for a value of any type in comparisons: text_key_sql, or a datetimeoffset's instant.
std::string key_sql(const std::string& expression, const SqlType& type, const Collation* collation,
                    bool is_column);

}  // namespace tarn::sql
