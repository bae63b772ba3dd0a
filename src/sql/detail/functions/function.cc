#include "detail/functions/function.h"

#include <array>
#include <unordered_map>

#include "base/text.h"

namespace tarn::sql {
namespace {

using Catalogue = std::unordered_map<std::string, std::vector<const FunctionDef*>>;

Catalogue make_catalogue() {
  Catalogue catalogue;
  for (const std::span<const FunctionDef> theme :
       {text_functions(), number_functions(), date_functions(), json_functions(),
        aggregate_functions(), system_functions()}) {
    for (const FunctionDef& function : theme)
      catalogue[std::string(function.name)].push_back(&function);
  }
  return catalogue;
}

const Catalogue& catalogue() {
  static const Catalogue all = make_catalogue();
  return all;
}

struct PartName {
  std::string_view name;
  std::string_view part;
};

constexpr std::array kPartNames = {
    PartName{"year", "year"},
    PartName{"yy", "year"},
    PartName{"yyyy", "year"},
    PartName{"quarter", "quarter"},
    PartName{"qq", "quarter"},
    PartName{"q", "quarter"},
    PartName{"month", "month"},
    PartName{"mm", "month"},
    PartName{"m", "month"},
    PartName{"dayofyear", "dayofyear"},
    PartName{"dy", "dayofyear"},
    PartName{"y", "dayofyear"},
    PartName{"day", "day"},
    PartName{"dd", "day"},
    PartName{"d", "day"},
    PartName{"week", "week"},
    PartName{"wk", "week"},
    PartName{"ww", "week"},
    PartName{"iso_week", "iso_week"},
    PartName{"isowk", "iso_week"},
    PartName{"isoww", "iso_week"},
    PartName{"weekday", "weekday"},
    PartName{"dw", "weekday"},
    PartName{"w", "weekday"},
    PartName{"hour", "hour"},
    PartName{"hh", "hour"},
    PartName{"minute", "minute"},
    PartName{"mi", "minute"},
    PartName{"n", "minute"},
    PartName{"second", "second"},
    PartName{"ss", "second"},
    PartName{"s", "second"},
    PartName{"millisecond", "millisecond"},
    PartName{"ms", "millisecond"},
    PartName{"microsecond", "microsecond"},
    PartName{"mcs", "microsecond"},
    PartName{"tzoffset", "tzoffset"},
    PartName{"tz", "tzoffset"},
    PartName{"nanosecond", "nanosecond"},
    PartName{"ns", "nanosecond"},
};

}  // namespace

const FunctionDef* find_function(std::string_view name, std::size_t arguments, bool& known) {
  const auto found = catalogue().find(to_upper(name));
  known = found != catalogue().end();
  if (!known) return nullptr;
  if (arguments == static_cast<std::size_t>(-1)) return found->second.front();
  for (const FunctionDef* function : found->second) {
    const bool enough = arguments >= static_cast<std::size_t>(function->arguments_min);
    const bool few = function->arguments_max < 0 ||
                     arguments <= static_cast<std::size_t>(function->arguments_max);
    if (enough && few) return function;
  }
  return nullptr;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names = {"ISNULL",
                                    "COALESCE",
                                    "NULLIF",
                                    "IIF",
                                    "CHOOSE",
                                    "TRIM",
                                    "GETDATE",
                                    "GETUTCDATE",
                                    "CURRENT_TIMESTAMP",
                                    "SYSDATETIME",
                                    "SYSUTCDATETIME",
                                    "SYSDATETIMEOFFSET",
                                    "CURRENT_TIMEZONE",
                                    "CURRENT_TIMEZONE_ID",
                                    "SQL_VARIANT_PROPERTY"};
  for (const auto& [name, functions] : catalogue()) {
    if (name.find(' ') == std::string::npos) names.push_back(name);  // those are the binder's own
  }
  return names;
}

std::string_view date_part(std::string_view name) {
  for (const PartName& candidate : kPartNames) {
    if (equal_ignoring_case(candidate.name, name)) return candidate.part;
  }
  return {};
}

}  // namespace tarn::sql
