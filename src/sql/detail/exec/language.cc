#include "detail/exec/language.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "detail/exec/failure.h"
#include "sql/result_sink.h"

namespace tarn::sql {
namespace {

constexpr int kLanguageChanged = 5703;

constexpr std::array kSpoken =
    std::to_array<Language>({{0, "us_english", "English", DateOrder::kMdy, 7},
                             {23, "British", "British English", DateOrder::kDmy, 1}});

/// Names and aliases of the others.
constexpr std::array kUnspoken =
    std::to_array<std::string_view>({"Arabic",     "Bokmål",
                                     "Brazilian",  "Bulgarian",
                                     "Croatian",   "Czech",
                                     "Danish",     "Dansk",
                                     "Deutsch",    "Dutch",
                                     "Español",    "Estonian",
                                     "Finnish",    "Français",
                                     "French",     "German",
                                     "Greek",      "Hungarian",
                                     "Italian",    "Italiano",
                                     "Japanese",   "Korean",
                                     "Latvian",    "Lithuanian",
                                     "Nederlands", "Norsk",
                                     "Norwegian",  "Polish",
                                     "Português",  "Português (Brasil)",
                                     "Portuguese", "Romanian",
                                     "Russian",    "Simplified Chinese",
                                     "Slovak",     "Slovenian",
                                     "Spanish",    "Suomi",
                                     "Svenska",    "Swedish",
                                     "Thai",       "Traditional Chinese",
                                     "Turkish",    "Türkçe",
                                     "eesti",      "hrvatski",
                                     "latviešu",   "lietuvių",
                                     "magyar",     "norsk (bokmål)",
                                     "polski",     "română",
                                     "slovenski",  "slovenčina",
                                     "čeština",    "ελληνικά",
                                     "български",  "русский",
                                     "ไทย",        "日本語",
                                     "简体中文",   "繁體中文",
                                     "한국어"});

}  // namespace

std::span<const Language> spoken_languages() { return kSpoken; }

const Language& language_of(const SessionState& session) {
  return *std::ranges::find(kSpoken, session.set.language, &Language::id);
}

void set_language(Execution& run, std::string_view name, ast::Span span) {
  const auto found = std::ranges::find_if(kSpoken, [&](const Language& language) {
    return equal_ignoring_case(language.name, name) || equal_ignoring_case(language.alias, name);
  });
  if (found == kSpoken.end()) {
    if (std::ranges::any_of(kUnspoken,
                            [&](auto known) { return equal_ignoring_case(known, name); })) {
      throw not_supported(
          "SET LANGUAGE " + std::string(name), span,
          "us_english and British are there; SET DATEFORMAT and SET DATEFIRST change the order of "
          "dates and the first day of the week.");
    }
    throw failure(2740,
                  "SET LANGUAGE failed because '" + std::string(name) +
                      "' is not an official language name or a language alias on this SQL Server.",
                  span);
  }
  SetOptions& set = run.session.set;
  set.language = found->id;
  set.date_order = found->order;
  set.date_first = found->date_first;
  run.sink.on_message({kLanguageChanged,
                       0,
                       1,
                       static_cast<int>(span.line),
                       {},
                       "Changed language setting to " + std::string(found->name) + "."});
}

void set_date_format(SessionState& session, std::string_view format, ast::Span span) {
  for (std::size_t i = 0; i < kDateOrderNames.size(); ++i) {
    if (!equal_ignoring_case(kDateOrderNames[i], format)) continue;
    session.set.date_order = static_cast<DateOrder>(i);
    return;
  }
  throw failure(2741, "SET DATEFORMAT date order '" + std::string(format) + "' is invalid.", span);
}

}  // namespace tarn::sql
