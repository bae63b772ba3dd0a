#include "detail/exec/messages.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "detail/exec/failure.h"

namespace tarn::sql {
namespace {

constexpr std::size_t kMessageBytesMax = 2047;

/// One "%-8.3d" of a format.
struct Directive {
  std::string text;  // with its '%', without a length modifier
  char letter = 0;
  bool width_given = false;      // '*'
  bool precision_given = false;  // '.*'
};

Directive read_directive(const std::string& format, std::size_t& at) {
  Directive directive;
  directive.text = "%";
  for (++at; at < format.size(); ++at) {
    const char c = format[at];
    if (std::string_view("-+ #0.0123456789").find(c) != std::string_view::npos) {
      directive.text += c;
    } else if (c == '*') {
      (directive.text.ends_with('.') ? directive.precision_given : directive.width_given) = true;
      directive.text += c;
    } else if (c == 'h' || c == 'l' || format.compare(at, 3, "I64") == 0) {
      if (c == 'I') at += 2;
    } else {
      directive.letter = c;
      return directive;
    }
    if (directive.text.size() > 20) break;
  }
  throw failure(2787, "Invalid format specification: '" + directive.text + "'.");
}

class Formatter {
 public:
  explicit Formatter(std::span<const Constant> arguments) : arguments_(arguments) {}

  std::string apply(Directive directive) {
    if (directive.letter == '%') return "%";
    if (directive.width_given) replace_star(directive.text);
    if (directive.precision_given) replace_star(directive.text);
    const Constant* argument = take();
    switch (directive.letter) {
      case 's':
        return print(directive.text + 's',
                     argument && argument->text ? argument->text->c_str() : "(null)");
      case 'd':
      case 'i':
      case 'u':
      case 'o':
      case 'x':
      case 'X': {
        if (!argument || !argument->text) return "(null)";
        if (!is_integer(argument->type)) {
          throw failure(2786, "The data type of substitution parameter " + std::to_string(next_) +
                                  " does not match the expected type of the format specification.");
        }
        const long long value = std::strtoll(argument->text->c_str(), nullptr, 10);
        return print(directive.text + "ll" + directive.letter, value);
      }
      default:
        throw failure(2787,
                      "Invalid format specification: '" + directive.text + directive.letter + "'.");
    }
  }

 private:
  const Constant* take() { return next_ < arguments_.size() ? &arguments_[next_++] : nullptr; }

  void replace_star(std::string& text) {
    const Constant* argument = take();
    const auto star = text.find('*');
    text.replace(star, 1,
                 argument && argument->text && is_integer(argument->type) ? *argument->text : "0");
  }

  template <typename T>
  static std::string print(const std::string& format, T value) {
    std::array<char, kMessageBytesMax + 1> buffer{};
    std::snprintf(buffer.data(), buffer.size(), format.c_str(), value);
    return buffer.data();
  }

  std::span<const Constant> arguments_;
  std::size_t next_ = 0;
};

bool is_on(const ast::SetOption& statement) {
  return statement.word && equal_ignoring_case(statement.word->text, "ON");
}

/// Options that say how SQL Server should do what is done one way here: either value is fine.
constexpr std::array kAccepted = {"ANSI_NULLS",
                                  "ANSI_PADDING",
                                  "ANSI_WARNINGS",
                                  "ANSI_DEFAULTS",
                                  "ANSI_NULL_DFLT_ON",
                                  "ARITHABORT",
                                  "CONCAT_NULL_YIELDS_NULL",
                                  "QUOTED_IDENTIFIER",
                                  "NUMERIC_ROUNDABORT",
                                  "LOCK_TIMEOUT",
                                  "DEADLOCK_PRIORITY",
                                  "TEXTSIZE",
                                  "CURSOR_CLOSE_ON_COMMIT",
                                  "TRANSACTION ISOLATION LEVEL",
                                  "ANSI_NULL_DFLT_OFF",
                                  "NO_BROWSETABLE",
                                  "QUERY_GOVERNOR_COST_LIMIT",
                                  "REMOTE_PROC_TRANSACTIONS",
                                  "FORCEPLAN",
                                  "STATISTICS TIME",
                                  "STATISTICS IO"};

/// Options with a meaning here.
constexpr std::array kSwitches = std::to_array<std::pair<std::string_view, bool SetOptions::*>>(
    {{"XACT_ABORT", &SetOptions::xact_abort},
     {"IMPLICIT_TRANSACTIONS", &SetOptions::implicit_transactions},
     {"FMTONLY", &SetOptions::format_only},
     {"NOEXEC", &SetOptions::no_exec},
     {"PARSEONLY", &SetOptions::no_exec}});

/// Accepted at the only value that the rest of the system has.
struct Fixed {
  const char* name;
  const char* value;
};
constexpr std::array kFixed = {Fixed{"ARITHIGNORE", "OFF"}};

std::string value_text(const ast::SetOption& statement) {
  if (statement.word) return statement.word->text;
  if (!statement.value) return {};
  if (const auto* number = std::get_if<ast::NumberLiteral>(&statement.value->node))
    return number->text;
  if (const auto* text = std::get_if<ast::StringLiteral>(&statement.value->node))
    return text->value;
  return {};
}

}  // namespace

std::string format_message(const std::string& format, std::span<const Constant> arguments) {
  Formatter formatter(arguments);
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '%') {
      text += formatter.apply(read_directive(format, i));
    } else {
      text += format[i];
    }
  }
  if (text.size() > kMessageBytesMax) text.resize(kMessageBytesMax);
  while (!valid_utf8(text)) text.pop_back();
  return text;
}

void apply_option(SessionState& session, const std::string& name, const ast::SetOption& statement,
                  ast::Span span) {
  if (name == "NOCOUNT") {
    session.no_count = is_on(statement);
    return;
  }
  for (const auto& [known, member] : kSwitches) {
    if (name != known) continue;
    session.set.*member = is_on(statement);
    return;
  }
  if (std::any_of(kAccepted.begin(), kAccepted.end(),
                  [&](const char* accepted) { return name == accepted; }))
    return;
  const Fixed* only = nullptr;
  for (const Fixed& fixed : kFixed) {
    if (name != fixed.name) continue;
    if (equal_ignoring_case(value_text(statement), fixed.value)) return;
    if (!only) only = &fixed;
  }
  if (only) {
    throw not_supported("SET " + name + " " + value_text(statement), span,
                        std::string("Only ") + only->value + " is there.");
  }
  throw not_supported("SET " + name, span);
}

}  // namespace tarn::sql
