#include "detail/functions/culture.h"

#include "base/text.h"
#include "detail/functions/row_function.h"

namespace tarn::sql {
namespace {

constexpr std::array<std::string_view, 12> kEnglishMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 12> kEnglishMonthsShort = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kEnglishDays = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 7> kEnglishDaysShort = {"Sun", "Mon", "Tue", "Wed",
                                                               "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kGermanMonths = {
    "Januar", "Februar", "März",      "April",   "Mai",      "Juni",
    "Juli",   "August",  "September", "Oktober", "November", "Dezember"};
constexpr std::array<std::string_view, 12> kGermanMonthsShort = {
    "Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"};
constexpr std::array<std::string_view, 7> kGermanDays = {
    "Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"};
constexpr std::array<std::string_view, 7> kGermanDaysShort = {"So", "Mo", "Di", "Mi",
                                                              "Do", "Fr", "Sa"};
constexpr std::array<std::string_view, 12> kFrenchMonths = {
    "janvier", "février", "mars",      "avril",   "mai",      "juin",
    "juillet", "août",    "septembre", "octobre", "novembre", "décembre"};
constexpr std::array<std::string_view, 12> kFrenchMonthsShort = {"janv.", "févr.", "mars",  "avr.",
                                                                 "mai",   "juin",  "juil.", "août",
                                                                 "sept.", "oct.",  "nov.",  "déc."};
constexpr std::array<std::string_view, 7> kFrenchDays = {
    "dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"};
constexpr std::array<std::string_view, 7> kFrenchDaysShort = {"dim.", "lun.", "mar.", "mer.",
                                                              "jeu.", "ven.", "sam."};
constexpr std::array<std::string_view, 12> kSpanishMonths = {
    "enero", "febrero", "marzo",      "abril",   "mayo",      "junio",
    "julio", "agosto",  "septiembre", "octubre", "noviembre", "diciembre"};
constexpr std::array<std::string_view, 12> kSpanishMonthsShort = {
    "ene.", "feb.", "mar.", "abr.", "may.", "jun.", "jul.", "ago.", "sep.", "oct.", "nov.", "dic."};
constexpr std::array<std::string_view, 7> kSpanishDays = {
    "domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"};
constexpr std::array<std::string_view, 7> kSpanishDaysShort = {"do.", "lu.", "ma.", "mi.",
                                                               "ju.", "vi.", "sá."};
constexpr std::array<std::string_view, 12> kItalianMonths = {
    "gennaio", "febbraio", "marzo",     "aprile",  "maggio",   "giugno",
    "luglio",  "agosto",   "settembre", "ottobre", "novembre", "dicembre"};
constexpr std::array<std::string_view, 12> kItalianMonthsShort = {
    "gen", "feb", "mar", "apr", "mag", "giu", "lug", "ago", "set", "ott", "nov", "dic"};
constexpr std::array<std::string_view, 7> kItalianDays = {
    "domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"};
constexpr std::array<std::string_view, 7> kItalianDaysShort = {"dom", "lun", "mar", "mer",
                                                               "gio", "ven", "sab"};
constexpr std::array<std::string_view, 12> kDutchMonths = {
    "januari", "februari", "maart",     "april",   "mei",      "juni",
    "juli",    "augustus", "september", "oktober", "november", "december"};
constexpr std::array<std::string_view, 12> kDutchMonthsShort = {
    "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDutchDays = {
    "zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"};
constexpr std::array<std::string_view, 7> kDutchDaysShort = {"zo", "ma", "di", "wo",
                                                             "do", "vr", "za"};
constexpr std::array<std::string_view, 12> kPortugueseMonths = {
    "janeiro", "fevereiro", "março",    "abril",   "maio",     "junho",
    "julho",   "agosto",    "setembro", "outubro", "novembro", "dezembro"};
constexpr std::array<std::string_view, 12> kPortugueseMonthsShort = {
    "jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez"};
constexpr std::array<std::string_view, 7> kPortugueseDays = {
    "domingo",      "segunda-feira", "terça-feira", "quarta-feira",
    "quinta-feira", "sexta-feira",   "sábado"};
constexpr std::array<std::string_view, 7> kPortugueseDaysShort = {"dom", "seg", "ter", "qua",
                                                                  "qui", "sex", "sáb"};
constexpr std::array<std::string_view, 12> kSwedishMonths = {
    "januari", "februari", "mars",      "april",   "maj",      "juni",
    "juli",    "augusti",  "september", "oktober", "november", "december"};
constexpr std::array<std::string_view, 12> kSwedishMonthsShort = {
    "jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"};
constexpr std::array<std::string_view, 7> kSwedishDays = {"söndag",  "måndag", "tisdag", "onsdag",
                                                          "torsdag", "fredag", "lördag"};
constexpr std::array<std::string_view, 7> kSwedishDaysShort = {"sön", "mån", "tis", "ons",
                                                               "tor", "fre", "lör"};
constexpr std::array<std::string_view, 12> kDanishMonths = {
    "januar", "februar", "marts",     "april",   "maj",      "juni",
    "juli",   "august",  "september", "oktober", "november", "december"};
constexpr std::array<std::string_view, 12> kDanishMonthsShort = {
    "jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDanishDays = {"søndag",  "mandag", "tirsdag", "onsdag",
                                                         "torsdag", "fredag", "lørdag"};
constexpr std::array<std::string_view, 7> kDanishDaysShort = {"sø", "ma", "ti", "on",
                                                              "to", "fr", "lø"};
constexpr std::array<std::string_view, 12> kNorwegianMonths = {
    "januar", "februar", "mars",      "april",   "mai",      "juni",
    "juli",   "august",  "september", "oktober", "november", "desember"};
constexpr std::array<std::string_view, 12> kNorwegianMonthsShort = {
    "jan", "feb", "mar", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "des"};
constexpr std::array<std::string_view, 7> kNorwegianDays = {
    "søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"};
constexpr std::array<std::string_view, 7> kNorwegianDaysShort = {"sø.", "ma.", "ti.", "on.",
                                                                 "to.", "fr.", "lø."};
constexpr std::array<std::string_view, 12> kJapaneseMonths = {
    "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"};
constexpr std::array<std::string_view, 12> kJapaneseMonthsShort = {"1", "2", "3", "4",  "5",  "6",
                                                                   "7", "8", "9", "10", "11", "12"};
constexpr std::array<std::string_view, 7> kJapaneseDays = {"日曜日", "月曜日", "火曜日", "水曜日",
                                                           "木曜日", "金曜日", "土曜日"};
constexpr std::array<std::string_view, 7> kJapaneseDaysShort = {"日", "月", "火", "水",
                                                                "木", "金", "土"};
constexpr std::array<std::string_view, 12> kChineseMonths = {"一月", "二月", "三月",   "四月",
                                                             "五月", "六月", "七月",   "八月",
                                                             "九月", "十月", "十一月", "十二月"};
constexpr std::array<std::string_view, 12> kChineseMonthsShort = {
    "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"};
constexpr std::array<std::string_view, 7> kChineseDays = {"星期日", "星期一", "星期二", "星期三",
                                                          "星期四", "星期五", "星期六"};
constexpr std::array<std::string_view, 7> kChineseDaysShort = {"周日", "周一", "周二", "周三",
                                                               "周四", "周五", "周六"};

constexpr auto kCultures = std::to_array<Culture>({
    {"",
     ".",
     ",",
     false,
     "¤",
     2,
     {"$n", "($n)"},
     {"n %", "-n %"},
     "MM/dd/yyyy",
     "dddd, dd MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "MMMM dd",
     "yyyy MMMM",
     "/",
     "AM",
     "PM",
     kEnglishMonths,
     kEnglishMonthsShort,
     kEnglishDays,
     kEnglishDaysShort},
    {"en-US",
     ".",
     ",",
     false,
     "$",
     2,
     {"$n", "($n)"},
     {"n%", "-n%"},
     "M/d/yyyy",
     "dddd, MMMM d, yyyy",
     "h:mm tt",
     "h:mm:ss tt",
     "MMMM d",
     "MMMM yyyy",
     "/",
     "AM",
     "PM",
     kEnglishMonths,
     kEnglishMonthsShort,
     kEnglishDays,
     kEnglishDaysShort},
    {"en-GB",
     ".",
     ",",
     false,
     "£",
     2,
     {"$n", "-$n"},
     {"n%", "-n%"},
     "dd/MM/yyyy",
     "dd MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d MMMM",
     "MMMM yyyy",
     "/",
     "AM",
     "PM",
     kEnglishMonths,
     kEnglishMonthsShort,
     kEnglishDays,
     kEnglishDaysShort},
    {"en-AU",
     ".",
     ",",
     false,
     "$",
     2,
     {"$n", "-$n"},
     {"n%", "-n%"},
     "d/MM/yyyy",
     "dddd, d MMMM yyyy",
     "h:mm tt",
     "h:mm:ss tt",
     "d MMMM",
     "MMMM yyyy",
     "/",
     "AM",
     "PM",
     kEnglishMonths,
     kEnglishMonthsShort,
     kEnglishDays,
     kEnglishDaysShort},
    {"en-IN",
     ".",
     ",",
     true,
     "₹",
     2,
     {"$ n", "$ -n"},
     {"n%", "-n%"},
     "dd-MM-yyyy",
     "dd MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d MMMM",
     "MMMM yyyy",
     "-",
     "AM",
     "PM",
     kEnglishMonths,
     kEnglishMonthsShort,
     kEnglishDays,
     kEnglishDaysShort},
    {"de-DE",
     ",",
     ".",
     false,
     "€",
     2,
     {"n $", "-n $"},
     {"n %", "-n %"},
     "dd.MM.yyyy",
     "dddd, d. MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d. MMMM",
     "MMMM yyyy",
     ".",
     "",
     "",
     kGermanMonths,
     kGermanMonthsShort,
     kGermanDays,
     kGermanDaysShort},
    {"de-CH",
     ".",
     "’",
     false,
     "CHF",
     2,
     {"$ n", "$-n"},
     {"n%", "-n%"},
     "dd.MM.yyyy",
     "dddd, d. MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d. MMMM",
     "MMMM yyyy",
     ".",
     "",
     "",
     kGermanMonths,
     kGermanMonthsShort,
     kGermanDays,
     kGermanDaysShort},
    {"fr-FR",
     ",",
     " ",
     false,
     "€",
     2,
     {"n $", "-n $"},
     {"n %", "-n %"},
     "dd/MM/yyyy",
     "dddd d MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d MMMM",
     "MMMM yyyy",
     "/",
     "",
     "",
     kFrenchMonths,
     kFrenchMonthsShort,
     kFrenchDays,
     kFrenchDaysShort},
    {"es-ES",
     ",",
     ".",
     false,
     "€",
     2,
     {"n $", "-n $"},
     {"n %", "-n %"},
     "dd/MM/yyyy",
     "dddd, d' de 'MMMM' de 'yyyy",
     "H:mm",
     "H:mm:ss",
     "d 'de' MMMM",
     "MMMM' de 'yyyy",
     "/",
     "",
     "",
     kSpanishMonths,
     kSpanishMonthsShort,
     kSpanishDays,
     kSpanishDaysShort},
    {"it-IT",
     ",",
     ".",
     false,
     "€",
     2,
     {"n $", "-n $"},
     {"n%", "-n%"},
     "dd/MM/yyyy",
     "dddd d MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d MMMM",
     "MMMM yyyy",
     "/",
     "",
     "",
     kItalianMonths,
     kItalianMonthsShort,
     kItalianDays,
     kItalianDaysShort},
    {"nl-NL",
     ",",
     ".",
     false,
     "€",
     2,
     {"$ n", "$ -n"},
     {"n%", "-n%"},
     "d-M-yyyy",
     "dddd d MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d MMMM",
     "MMMM yyyy",
     "-",
     "",
     "",
     kDutchMonths,
     kDutchMonthsShort,
     kDutchDays,
     kDutchDaysShort},
    {"pt-BR",
     ",",
     ".",
     false,
     "R$",
     2,
     {"$ n", "-$ n"},
     {"n%", "-n%"},
     "dd/MM/yyyy",
     "dddd, d' de 'MMMM' de 'yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d 'de' MMMM",
     "MMMM' de 'yyyy",
     "/",
     "",
     "",
     kPortugueseMonths,
     kPortugueseMonthsShort,
     kPortugueseDays,
     kPortugueseDaysShort},
    {"pt-PT",
     ",",
     " ",
     false,
     "€",
     2,
     {"n $", "-n $"},
     {"n%", "-n%"},
     "dd/MM/yyyy",
     "d' de 'MMMM' de 'yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d' de 'MMMM",
     "MMMM' de 'yyyy",
     "/",
     "",
     "",
     kPortugueseMonths,
     kPortugueseMonthsShort,
     kPortugueseDays,
     kPortugueseDaysShort},
    {"sv-SE",
     ",",
     " ",
     false,
     "kr",
     2,
     {"n $", "-n $"},
     {"n %", "-n %"},
     "yyyy-MM-dd",
     "'den 'd MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "'den 'd MMMM",
     "MMMM yyyy",
     "-",
     "",
     "",
     kSwedishMonths,
     kSwedishMonthsShort,
     kSwedishDays,
     kSwedishDaysShort},
    {"da-DK",
     ",",
     ".",
     false,
     "kr.",
     2,
     {"n $", "-n $"},
     {"n %", "-n %"},
     "dd-MM-yyyy",
     "d. MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d. MMMM",
     "MMMM yyyy",
     "-",
     "",
     "",
     kDanishMonths,
     kDanishMonthsShort,
     kDanishDays,
     kDanishDaysShort},
    {"nb-NO",
     ",",
     " ",
     false,
     "kr",
     2,
     {"$ n", "-$ n"},
     {"n %", "-n %"},
     "dd.MM.yyyy",
     "dddd d. MMMM yyyy",
     "HH:mm",
     "HH:mm:ss",
     "d. MMMM",
     "MMMM yyyy",
     ".",
     "",
     "",
     kNorwegianMonths,
     kNorwegianMonthsShort,
     kNorwegianDays,
     kNorwegianDaysShort},
    {"ja-JP",
     ".",
     ",",
     false,
     "¥",
     0,
     {"$n", "-$n"},
     {"n%", "-n%"},
     "yyyy/MM/dd",
     "yyyy'年'M'月'd'日'",
     "H:mm",
     "H:mm:ss",
     "M'月'd'日'",
     "yyyy'年'M'月'",
     "/",
     "午前",
     "午後",
     kJapaneseMonths,
     kJapaneseMonthsShort,
     kJapaneseDays,
     kJapaneseDaysShort},
    {"zh-CN",
     ".",
     ",",
     false,
     "¥",
     2,
     {"$n", "$-n"},
     {"n%", "-n%"},
     "yyyy/M/d",
     "yyyy'年'M'月'd'日'",
     "H:mm",
     "H:mm:ss",
     "M'月'd'日'",
     "yyyy'年'M'月'",
     "/",
     "上午",
     "下午",
     kChineseMonths,
     kChineseMonthsShort,
     kChineseDays,
     kChineseDaysShort},
});

struct Neutral {
  std::string_view language;
  std::string_view culture;
};
/// A language alone means its largest country; "no" is Bokmål.
constexpr auto kNeutral = std::to_array<Neutral>({
    {"en", "en-US"},
    {"de", "de-DE"},
    {"fr", "fr-FR"},
    {"es", "es-ES"},
    {"it", "it-IT"},
    {"nl", "nl-NL"},
    {"pt", "pt-BR"},
    {"sv", "sv-SE"},
    {"da", "da-DK"},
    {"nb", "nb-NO"},
    {"no", "nb-NO"},
    {"ja", "ja-JP"},
    {"zh", "zh-CN"},
});

}  // namespace

const Culture* find_culture(std::string_view name) {
  for (const Neutral& neutral : kNeutral) {
    if (equal_ignoring_case(neutral.language, name)) name = neutral.culture;
  }
  for (const Culture& culture : kCultures) {
    if (equal_ignoring_case(culture.name, name)) return &culture;
  }
  return nullptr;
}

const Culture& culture_named(std::string_view name) {
  if (const Culture* culture = find_culture(name)) return *culture;
  throw runtime_failure(9818, "The culture parameter '" + std::string(name) +
                                  "' provided in the function call is not supported.");
}

std::vector<std::string_view> culture_names() {
  std::vector<std::string_view> names;
  for (const Culture& culture : kCultures) {
    if (!culture.name.empty()) names.push_back(culture.name);
  }
  return names;
}

}  // namespace tarn::sql
