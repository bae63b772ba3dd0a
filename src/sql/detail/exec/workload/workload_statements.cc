#include "detail/exec/workload/workload_statements.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <span>

#include "base/text.h"
#include "detail/exec/failure.h"
#include "detail/exec/query_run.h"
#include "detail/exec/statement_context.h"
#include "detail/exec/transactions.h"
#include "detail/exec/workload/workload_store.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {
namespace {

/// What a single node has no use for.
constexpr auto kSharesOnly = std::to_array<std::string_view>(
    {"MIN_PERCENTAGE_RESOURCE", "CAP_PERCENTAGE_RESOURCE", "REQUEST_MIN_RESOURCE_GRANT_PERCENT",
     "REQUEST_MAX_RESOURCE_GRANT_PERCENT"});

std::string workload_kind(const ast::WorkloadStatement& statement) {
  return statement.classifier ? "WORKLOAD CLASSIFIER" : "WORKLOAD GROUP";
}

/// An option's value as it was written.
std::string written_value(const ast::Option& option) {
  if (option.word) return option.word->text;
  if (!option.value) return {};
  if (const auto* text = std::get_if<ast::StringLiteral>(&option.value->node)) return text->value;
  if (const auto* number = std::get_if<ast::NumberLiteral>(&option.value->node))
    return number->text;
  return "-";  // a sign, or nothing that stands for itself
}

Error wrong_option_value(const ast::Option& option, std::string hint) {
  return incorrect_syntax(written_value(option), option.span, std::move(hint));
}

/// Each option once, those of `known`.
void check_option_names(const std::vector<ast::Option>& options,
                        std::span<const std::string> known) {
  std::set<std::string> seen;
  for (const ast::Option& option : options) {
    if (std::ranges::find(known, option.name) == known.end())
      throw incorrect_syntax(option.name, option.span, did_you_mean(option.name, known));
    if (!seen.insert(option.name).second) {
      throw incorrect_syntax(option.name, option.span,
                             "The option " + option.name + " is there twice.");
    }
  }
}

const ast::Option* option_named(const std::vector<ast::Option>& options, std::string_view name) {
  for (const ast::Option& option : options)
    if (option.name == name) return &option;
  return nullptr;
}

Importance read_importance(const ast::Option& option) {
  const auto importance = option.word ? importance_of(to_lower(option.word->text)) : std::nullopt;
  if (importance) return *importance;
  throw wrong_option_value(option,
                           "IMPORTANCE is LOW, BELOW_NORMAL, NORMAL, ABOVE_NORMAL or HIGH.");
}

/// A whole number; a negative one is passed on to the rules.
std::int64_t read_whole_number(const ast::Option& option, std::string_view range) {
  const auto* number =
      option.value ? std::get_if<ast::NumberLiteral>(&option.value->node) : nullptr;
  std::int64_t value = 0;
  const std::string text = written_value(option);
  if (number && number->form == ast::NumberLiteral::Form::kInteger) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc() && value <= INT32_MAX) return value;
  }
  throw failure(105611,
                "CREATE/ALTER WORKLOAD GROUP statement failed because a non-integer value " + text +
                    " for " + option.name + " is not allowed.  The value should be an integer " +
                    std::string(range) + ".",
                option.span);
}

Hundredths read_percent(const ast::Option& option) {
  const bool number =
      option.value && std::holds_alternative<ast::NumberLiteral>(option.value->node);
  const auto value = number ? percent_of(written_value(option)) : std::nullopt;
  if (value) return *value;
  throw failure(105611,
                "CREATE/ALTER WORKLOAD GROUP statement failed because the value " +
                    written_value(option) + " for " + option.name +
                    " is not allowed.  The value should be a decimal between 0.75 and 100.00.",
                option.span);
}

/// What WITH (…) says goes over the group as it is.
void apply_options(const std::vector<ast::Option>& options, WorkloadGroup& group) {
  const ast::Option* request_min = option_named(options, "REQUEST_MIN_RESOURCE_GRANT_PERCENT");
  const ast::Option* request_max = option_named(options, "REQUEST_MAX_RESOURCE_GRANT_PERCENT");
  const bool max_follows = group.request_max == group.request_min;
  if (request_min) group.request_min = read_percent(*request_min);
  if (request_max) {
    group.request_max = read_percent(*request_max);
  } else if (max_follows) {
    group.request_max = group.request_min;
  }
  for (const ast::Option& option : options) {
    if (option.name == "MIN_PERCENTAGE_RESOURCE")
      group.min_percentage = static_cast<int>(read_whole_number(option, "between 0 and 100"));
    if (option.name == "CAP_PERCENTAGE_RESOURCE")
      group.cap_percentage = static_cast<int>(read_whole_number(option, "between 1 and 100"));
    if (option.name == "IMPORTANCE") group.importance = read_importance(option);
    if (option.name == "QUERY_EXECUTION_TIMEOUT_SEC")
      group.timeout_s = read_whole_number(option, "of 0 or more");
  }
}

void check_characters(std::string_view text, std::size_t max, ast::Span span) {
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  if (characters <= max) return;
  throw failure(103,
                "The identifier that starts with '" + std::string(text.substr(0, 20)) +
                    "' is too long. Maximum length is " + std::to_string(max) + ".",
                span);
}

class WorkloadRun {
 public:
  WorkloadRun(Execution& run, const ast::WorkloadStatement& statement, ast::Span span,
              pools::PoolInfo pool)
      : run_(run), statement_(statement), span_(span), pool_(std::move(pool)) {}

  void run() {
    check_characters(statement_.name.text, kWorkloadNameMax, statement_.name.span);
    try {
      statement_.classifier ? change_classifier() : change_group();
    } catch (Error& error) {
      if (!error.place()) {
        error.set_place({std::string(), static_cast<int>(statement_.name.span.line),
                         static_cast<int>(statement_.name.span.column)});
      }
      throw;
    }
  }

 private:
  using Action = ast::WorkloadStatement::Action;

  WorkloadSettings& settings() const { return *run_.session.services.workload; }
  const std::string& name() const { return statement_.name.text; }

  void change_group() {
    static const std::array<std::string, 6> kOptions = {"MIN_PERCENTAGE_RESOURCE",
                                                        "CAP_PERCENTAGE_RESOURCE",
                                                        "REQUEST_MIN_RESOURCE_GRANT_PERCENT",
                                                        "REQUEST_MAX_RESOURCE_GRANT_PERCENT",
                                                        "IMPORTANCE",
                                                        "QUERY_EXECUTION_TIMEOUT_SEC"};
    check_option_names(statement_.options, kOptions);
    switch (statement_.action) {
      case Action::kCreate: {
        require("REQUEST_MIN_RESOURCE_GRANT_PERCENT");
        WorkloadGroup group{.name = name()};
        apply_options(statement_.options, group);
        settings().create(run_.session, pool_, std::move(group));
        break;
      }
      case Action::kAlter:
        settings().alter(run_.session, pool_, name(), [this](WorkloadGroup& group) {
          apply_options(statement_.options, group);
        });
        break;
      case Action::kDrop:
        settings().drop_group(run_.session, pool_, name());
        break;
    }
    tell_shares();
  }

  void change_classifier() {
    static const std::array<std::string, 7> kOptions = {"WORKLOAD_GROUP", "MEMBERNAME", "WLM_LABEL",
                                                        "WLM_CONTEXT",    "START_TIME", "END_TIME",
                                                        "IMPORTANCE"};
    if (statement_.action == Action::kDrop)
      return settings().drop_classifier(run_.session, pool_, name());
    check_option_names(statement_.options, kOptions);
    WorkloadClassifier classifier{.name = name(),
                                  .group = text("WORKLOAD_GROUP", kWorkloadNameMax),
                                  .member = text("MEMBERNAME", kWorkloadNameMax)};
    if (find("WLM_LABEL")) classifier.label = text("WLM_LABEL", kClassifierTextMax);
    if (find("WLM_CONTEXT")) classifier.context = text("WLM_CONTEXT", kClassifierTextMax);
    if (find("START_TIME") || find("END_TIME")) {
      classifier.start_minute = time("START_TIME");
      classifier.end_minute = time("END_TIME");
    }
    if (const ast::Option* importance = find("IMPORTANCE"))
      classifier.importance = read_importance(*importance);
    settings().create(run_.session, pool_, std::move(classifier));
  }

  const ast::Option* find(std::string_view option) const {
    return option_named(statement_.options, option);
  }
  const ast::Option& require(std::string_view option) const {
    const ast::Option* found = find(option);
    if (found) return *found;
    throw incorrect_syntax(
        name(), statement_.name.span,
        "CREATE " + workload_kind(statement_) + " needs " + std::string(option) + ".");
  }
  std::string text(std::string_view option, std::size_t max) const {
    const ast::Option& found = require(option);
    const auto* value = found.value ? std::get_if<ast::StringLiteral>(&found.value->node) : nullptr;
    if (!value || value->value.empty()) {
      throw wrong_option_value(found, std::string(option) + " is a text in quotation marks.");
    }
    check_characters(value->value, max, found.span);
    return value->value;
  }
  int time(std::string_view option) const {
    if (!find(option)) {
      throw incorrect_syntax(name(), statement_.name.span,
                             "START_TIME and END_TIME must be specified together.");
    }
    const auto minute = minute_of(text(option, kClassifierTextMax));
    if (minute) return *minute;
    throw wrong_option_value(*find(option),
                             std::string(option) + " is a time of the day: 'HH:MM', UTC.");
  }

  void tell_shares() const {
    std::string kept;
    for (const std::string_view option : kSharesOnly)
      if (find(option)) kept += (kept.empty() ? "" : ", ") + std::string(option);
    if (kept.empty()) return;
    run_.sink.on_message(
        {0,
         0,
         1,
         static_cast<int>(span_.line),
         {},
         "Kept in the catalog, without an effect on a single node: " + kept + "."});
  }

  Execution& run_;
  const ast::WorkloadStatement& statement_;
  ast::Span span_;
  pools::PoolInfo pool_;
};

}  // namespace

void run_workload_statement(Execution& run, const Frame& frame,
                            const ast::WorkloadStatement& statement, ast::Span span) {
  using Action = ast::WorkloadStatement::Action;
  const std::string written = (statement.action == Action::kCreate  ? "CREATE "
                               : statement.action == Action::kAlter ? "ALTER "
                                                                    : "DROP ") +
                              workload_kind(statement);
  refuse_in_transaction(run.session, written.c_str(), span);
  const SessionState& session = run.session;
  const std::string database = make_context(run, frame)->database();
  const auto pool = session.services.pools ? session.services.pools->find(database) : std::nullopt;
  if (!pool) {
    throw failure_of(Code::kUnsupported, 40510, 16, 1,
                     "Statement '" + written + "' is not supported in this version of SQL Server.",
                     span, "Workload groups belong to a dedicated SQL pool: connect to one.");
  }
  session.authorize(identity::actions::kSqlAlterDatabase, identity::Scope::database(database));
  WorkloadRun(run, statement, span, *pool).run();
}

}  // namespace tarn::sql
