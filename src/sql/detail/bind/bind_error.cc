#include "detail/bind/bind_error.h"

namespace tarn::sql {

Place place_of(ast::Span span) {
  Place place;
  place.line = static_cast<int>(span.line);
  place.column = static_cast<int>(span.column);
  return place;
}

Error bind_error(int number, std::string message, ast::Span span, std::string hint, int severity) {
  SqlStatus status;
  status.number = number;
  status.severity = severity;
  const bool missing = number == 208 || number == 2812 || number == 911;
  Error error(missing ? Code::kNotFound : Code::kInvalidArgument, std::move(message),
              std::move(hint));
  error.set_sql(status);
  error.set_place(place_of(span));
  return error;
}

Error unsupported(std::string what, ast::Span span, std::string hint) {
  SqlStatus status;
  status.number = 40517;  // "Keyword or statement option '%.*ls' is not supported in this version
                          // of SQL Server."
  Error error(Code::kUnsupported, "Not supported: " + std::move(what), std::move(hint));
  error.set_sql(status);
  error.set_place(place_of(span));
  return error;
}

Error for_clause_refused(const ast::ForClause& clause, const std::string& statement) {
  const bool xml = clause.is_xml();
  return bind_error(xml ? 6819 : 13602,
                    std::string("The ") + (xml ? "FOR XML" : "FOR JSON") +
                        " clause is not allowed in a " + statement + " statement.",
                    clause.span);
}

Error operand_clash(const SqlType& from, const SqlType& to, ast::Span span) {
  return bind_error(206,
                    "Operand type clash: " + std::string(name_of(from.id)) +
                        " is incompatible with " + std::string(name_of(to.id)),
                    span);
}

Error incompatible_operands(const SqlType& a, const SqlType& b, std::string_view operation,
                            ast::Span span) {
  return bind_error(402,
                    "The data types " + std::string(name_of(a.id)) + " and " +
                        std::string(name_of(b.id)) + " are incompatible in the " +
                        std::string(operation) + " operator.",
                    span);
}

}  // namespace tarn::sql
