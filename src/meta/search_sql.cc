#include "meta/search_sql.h"

#include <set>

#include "base/error.h"
#include "base/text.h"

namespace tarn::meta::search {

std::string Statement::bind(std::string value) {
  texts.push_back(std::move(value));
  values.emplace_back(texts.back());
  return "$" + std::to_string(values.size());
}

std::string Statement::bind_number(const Number& number, bool whole) {
  try {
    if (whole && number.integer) {
      values.emplace_back(static_cast<std::int64_t>(std::stoll(number.text)));
    } else {
      values.emplace_back(std::stod(number.text));
    }
  } catch (const std::exception&) {
    throw Error(Code::kInvalidArgument, "Not a number that can be compared: " + number.text);
  }
  return "$" + std::to_string(values.size());
}

std::string Statement::bind_list(std::span<const std::string> items) {
  std::string list;
  for (const std::string& item : items) list += (list.empty() ? "" : ", ") + bind(item);
  return "(" + list + ")";
}

namespace {

/// `column` compared with the clause's operand.
std::string compared(Statement& statement, const std::string& column, const Clause& clause,
                     bool whole) {
  const std::string sign = " " + std::string(name_of(clause.comparison)) + " ";
  if (const auto* number = std::get_if<Number>(&clause.right))
    return column + sign + statement.bind_number(*number, whole);
  if (const auto* list = std::get_if<std::vector<std::string>>(&clause.right))
    return column + sign + statement.bind_list(*list);
  const std::string place = statement.bind(std::get<std::string>(clause.right));
  if (clause.comparison == Comparison::kILike)
    return "LOWER(" + column + ") LIKE LOWER(" + place + ")";
  return column + sign + place;
}

/// That a row of the table `alias` belongs to the thing.
std::string belongs(const Parts& parts, const std::string& alias) {
  std::string condition = alias + ".workspace_id = $1 AND " + alias + "." +
                          std::string(parts.owner_column) + " = " + std::string(parts.owner);
  if (!parts.owner_second.empty()) {
    condition += " AND " + alias + "." + std::string(parts.owner_second_column) + " = " +
                 std::string(parts.owner_second);
  }
  return condition;
}

std::string_view table_of(const Parts& parts, const Identifier& identifier) {
  std::string_view table;
  if (identifier.subject == Subject::kTag) table = parts.tags;
  if (identifier.subject == Subject::kParam) table = parts.params;
  if (identifier.subject == Subject::kMetric) table = parts.metrics;
  if (!table.empty()) return table;
  throw Error(Code::kInvalidArgument, "Invalid entity type '" +
                                          std::string(name_of(identifier.subject)) +
                                          "': it cannot be searched here.");
}

std::string dataset_column(const std::string& key) {
  if (key == "name" || key == "digest" || key == "context") return key;
  throw Error(Code::kInvalidArgument,
              "Invalid dataset key '" + key +
                  "' specified. Valid keys are '{'name', 'digest', 'context'}'");
}

}  // namespace

void add_clause(Statement& statement, const Parts& parts, std::span<const Attribute> attributes,
                const Clause& clause) {
  statement.text += " AND ";
  if (clause.left.subject == Subject::kAttribute) {
    const Attribute& attribute = attribute_of(attributes, clause.left.key);
    check_clause(clause, &attribute);
    statement.text +=
        compared(statement, "(" + std::string(attribute.column) + ")", clause, attribute.numeric);
    return;
  }
  check_clause(clause, nullptr);
  if (clause.left.subject == Subject::kDataset && !parts.datasets.empty()) {
    statement.text +=
        "EXISTS (SELECT 1 FROM " + std::string(parts.datasets) + " d WHERE " + belongs(parts, "d") +
        " AND " + compared(statement, "d." + dataset_column(clause.left.key), clause, false) + ")";
    return;
  }
  const std::string table(table_of(parts, clause.left));
  std::string condition;
  const bool null_test =
      clause.comparison == Comparison::kIsNull || clause.comparison == Comparison::kIsNotNull;
  const std::string key = statement.bind(clause.left.key);
  if (!null_test) {
    condition = compared(statement, "p.value", clause, false);
    if (clause.left.subject == Subject::kMetric) {
      // Only != holds of a NaN, whose stored value means nothing.
      condition = clause.comparison == Comparison::kNotEqual ? "(" + condition + " OR p.is_nan = 1)"
                                                             : condition + " AND p.is_nan = 0";
    }
    condition = " AND " + condition;
  }
  statement.text += std::string(clause.comparison == Comparison::kIsNull ? "NOT " : "") +
                    "EXISTS (SELECT 1 FROM " + table + " p WHERE " + belongs(parts, "p") +
                    " AND p.key = " + key + condition + ")";
}

Order order_of(Statement& statement, const Parts& parts, std::span<const Attribute> attributes,
               std::span<const OrderTerm> terms, std::string_view time_column,
               std::string_view last) {
  Order order;
  std::set<std::string> seen;
  for (const OrderTerm& term : terms) {
    const std::string alias = "o" + std::to_string(seen.size());
    std::string column, empty_last;
    if (term.by.subject == Subject::kAttribute) {
      column = attribute_of(attributes, term.by.key).column;
      empty_last = "CASE WHEN (" + column + ") IS NULL THEN 1 ELSE 0 END";
    } else {
      order.joins += " LEFT JOIN " + std::string(table_of(parts, term.by)) + " " + alias + " ON " +
                     belongs(parts, alias) + " AND " + alias +
                     ".key = " + statement.bind(term.by.key);
      column = alias + ".value";
      empty_last =
          "CASE WHEN " + column + " IS NULL THEN 2 " +
          (term.by.subject == Subject::kMetric ? "WHEN " + alias + ".is_nan = 1 THEN 1 " : "") +
          "ELSE 0 END";
    }
    const std::string name = term.by.subject == Subject::kAttribute
                                 ? column
                                 : std::string(name_of(term.by.subject)) + "." + term.by.key;
    if (!seen.insert(name).second) {
      throw Error(Code::kInvalidArgument, "`order_by` contains duplicate fields: " + term.by.key);
    }
    order.text += empty_last + ", (" + column + ")" + (term.ascending ? "" : " DESC") + ", ";
  }
  if (!seen.contains(std::string(time_column))) order.text += std::string(time_column) + " DESC, ";
  order.text += last;
  return order;
}

std::int64_t offset_of(std::string_view list, const Page& page, int size_max) {
  if (page.size < 1 || page.size > size_max) {
    throw Error(Code::kInvalidArgument,
                "Invalid value for request parameter max_results. It must be at most " +
                    std::to_string(size_max) + ", but got value " + std::to_string(page.size));
  }
  if (page.token.empty()) return 0;
  const std::int64_t offset = parse_integer(parse_page_token(list, page.token, 1).front());
  if (offset >= 0) return offset;
  throw Error(Code::kInvalidArgument, "Invalid page token, offset must be non-negative");
}

std::string cut_page(Rows& rows, std::string_view list, const Page& page, std::int64_t offset) {
  if (rows.size() <= static_cast<std::size_t>(page.size)) return {};
  rows.pop_back();
  const std::string key[] = {std::to_string(offset + page.size)};
  return page_token(list, key);
}

std::string qualified(std::string_view columns, std::string_view table) {
  std::string result;
  for (const std::string& column : split(std::string(columns), ','))
    result += (result.empty() ? "" : ", ") + std::string(table) + "." + std::string(trim(column));
  return result;
}

void finish(Statement& statement, const Order& order, std::string_view select, const Page& page,
            std::int64_t offset) {
  statement.values.emplace_back(page.size + 1);
  const std::string limit = "$" + std::to_string(statement.values.size());
  statement.values.emplace_back(offset);
  statement.text = std::string(select) + order.joins + " WHERE " + statement.text + " ORDER BY " +
                   order.text + " LIMIT " + limit + " OFFSET $" +
                   std::to_string(statement.values.size());
}

}  // namespace tarn::meta::search
