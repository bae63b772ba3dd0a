// The functions of FOR XML as the engine calls them.

#include "detail/functions/row_function.h"
#include "detail/functions/xml_text.h"

namespace tarn::sql {

std::vector<engine::ScalarFunction> xml_engine_functions() {
  using engine::Kind;
  std::vector<engine::ScalarFunction> functions;
  functions.push_back(row_function("tarn_xml_escape", {Kind::kText, Kind::kBoolean}, Kind::kText,
                                   [](const Row& r) { return xml_escaped(r.text(0), r.flag(1)); }));
  functions.push_back(
      row_function("tarn_xml_text", {Kind::kText, Kind::kBoolean}, Kind::kText,
                   [](const Row& r) { return xml_fragment_text(r.text(0), r.flag(1)); }));
  return functions;
}

}  // namespace tarn::sql
