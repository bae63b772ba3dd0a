#pragma once
// What a SQL session gives, as the tokens of an answer.

#include <optional>
#include <string>
#include <vector>

#include "sql/session.h"
#include "tds/response.h"

namespace tarn::api {

/// One request's answer. A DONE says whether another follows, so each is held back until the next
/// token is there, and the last one ends the answer.
class TdsAnswer final : public sql::ResultSink {
 public:
  /// `told_database` is what the client believes to be the current database.
  TdsAnswer(tds::Response& out, const sql::Session& session, std::string& told_database)
      : out_(out), session_(session), told_database_(told_database) {}

  void on_columns(const std::vector<sql::ResultColumn>& columns) override;
  void on_rows(const engine::Chunk& rows) override { out_.rows(rows); }
  void on_rows_end(std::int64_t rows) override;
  void on_rows_affected(std::int64_t rows) override;
  void on_message(const sql::Message& message) override;
  bool on_error(const Error& error) override;
  void on_return_code(int code) override;
  void on_transaction(sql::TransactionEvent event, std::uint64_t id) override;

  /// A procedure is called: its statements end with DONEINPROC, itself with DONEPROC.
  void begin_call();
  /// The end of a call; `more`: another call of the same request follows.
  void end_call(std::optional<int> return_code, const std::vector<sql::Parameter>& parameters,
                bool more);
  /// An error has ended the batch or call.
  void fail(const Error& error);
  /// The end of a batch.
  void end_batch();

 private:
  tds::DoneKind kind() const;
  void hold(tds::Done done);
  void release();
  void write(const Error& error);
  void tell_database();

  tds::Response& out_;
  const sql::Session& session_;
  std::string& told_database_;
  std::optional<tds::Done> held_;
  bool in_call_ = false;
  bool failed_ = false;
};

/// ENVCHANGE and message 5701.
void tell_database(tds::Response& out, const std::string& now, const std::string& before);

/// The text of an error for clients, which have one line for it: message and hint.
std::string error_text(const Error& error);

}  // namespace tarn::api
