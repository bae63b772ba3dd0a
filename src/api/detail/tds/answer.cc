#include "detail/tds/answer.h"

#include <utility>

namespace tarn::api {
namespace {

constexpr std::uint16_t kSelect = 0xC1;
constexpr int kDatabaseChanged = 5701;

}  // namespace

std::string error_text(const Error& error) {
  return error.hint().empty() ? error.message() : error.message() + " " + error.hint();
}

void tell_database(tds::Response& out, const std::string& now, const std::string& before) {
  out.environment(tds::Environment::kDatabase, now, before);
  out.notice({.number = kDatabaseChanged,
              .severity = 0,
              .state = 2,
              .line = 0,
              .procedure = {},
              .text = "Changed database context to '" + now + "'."});
}

tds::DoneKind TdsAnswer::kind() const {
  return in_call_ || session_.nesting() > 0 ? tds::DoneKind::kInProcedure : tds::DoneKind::kBatch;
}

void TdsAnswer::hold(tds::Done done) {
  release();
  held_ = done;
}

void TdsAnswer::release() {
  if (!held_) return;
  held_->more = true;
  out_.done(*std::exchange(held_, std::nullopt));
}

void TdsAnswer::on_columns(const std::vector<sql::ResultColumn>& columns) {
  release();
  out_.columns(columns);
}

void TdsAnswer::on_rows_end(std::int64_t rows) {
  tds::Done done{.kind = kind(), .rows = {}, .command = kSelect};
  if (session_.counts_rows()) done.rows = static_cast<std::uint64_t>(rows);
  hold(done);
}

void TdsAnswer::on_rows_affected(std::int64_t rows) {
  hold({.kind = kind(), .rows = static_cast<std::uint64_t>(rows)});
}

void TdsAnswer::on_message(const sql::Message& message) {
  release();
  if (message.number == kDatabaseChanged) return tell_database();
  out_.notice({.number = message.number,
               .severity = message.severity,
               .state = message.state,
               .line = message.line,
               .procedure = message.procedure,
               .text = message.text});
  if (message.severity > 10) hold({.kind = kind(), .error = true, .rows = {}});
  out_.flush();
}

void TdsAnswer::write(const Error& error) {
  release();
  const SqlStatus status = error.sql().value_or(SqlStatus{.number = 50000});
  out_.notice({.number = status.number,
               .severity = status.severity,
               .state = status.state,
               .line = error.place() ? error.place()->line : 1,
               .procedure = status.procedure,
               .text = error_text(error)});
}

bool TdsAnswer::on_error(const Error& error) {
  write(error);
  hold({.kind = kind(), .error = true, .rows = {}});
  return true;
}

void TdsAnswer::on_return_code(int code) {
  if (in_call_) return;  // the call's own comes at its end
  release();
  out_.return_status(code);
  hold({.kind = tds::DoneKind::kProcedure, .rows = {}});
}

void TdsAnswer::on_transaction(sql::TransactionEvent event, std::uint64_t id) {
  release();
  const bool begun = event == sql::TransactionEvent::kBegun;
  out_.dialect().transaction = begun ? id : 0;
  std::string descriptor;
  for (int i = 0; i < 8; ++i) descriptor += static_cast<char>(id >> (8 * i) & 0xFF);
  if (begun) {
    out_.environment(tds::Environment::kBegin, descriptor, {});
  } else {
    out_.environment(event == sql::TransactionEvent::kCommitted ? tds::Environment::kCommit
                                                                : tds::Environment::kRollback,
                     {}, descriptor);
  }
}

void TdsAnswer::tell_database() {
  if (told_database_ == session_.database()) return;
  release();
  const std::string before = std::exchange(told_database_, session_.database());
  api::tell_database(out_, told_database_, before);
}

void TdsAnswer::begin_call() {
  in_call_ = true;
  failed_ = false;
}

void TdsAnswer::end_call(std::optional<int> return_code,
                         const std::vector<sql::Parameter>& parameters, bool more) {
  tell_database();
  release();
  if (return_code) out_.return_status(*return_code);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const sql::Parameter& parameter = parameters[i];
    if (!parameter.output || (failed_ && !parameter.value)) continue;
    out_.return_value(parameter.name, static_cast<std::uint16_t>(i),
                      sql::described_type(parameter.type), parameter.value);
  }
  out_.done({.kind = tds::DoneKind::kProcedure, .more = more, .error = failed_, .rows = {}});
  in_call_ = false;
  if (!more) out_.flush();
}

void TdsAnswer::fail(const Error& error) {
  write(error);
  failed_ = true;
}

void TdsAnswer::end_batch() {
  tell_database();
  if (failed_ || !held_ || held_->kind == tds::DoneKind::kInProcedure) {
    release();
    held_ = tds::Done{.kind = tds::DoneKind::kBatch, .error = failed_, .rows = {}};
  }
  held_->more = false;
  out_.done(*std::exchange(held_, std::nullopt));
  out_.flush();
}

}  // namespace tarn::api
