#pragma once
// A workspace in a temporary folder, and a session whose results are kept as text.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "engine/database.h"
#include "identity/secrets.h"
#include "lake/catalog.h"
#include "lake/joint_commit.h"
#include "lake/lake.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "onnx/scorer_cache.h"
#include "sql/session.h"
#include "test_store.h"

namespace tarn::sql {

/// Rows as "a|b" lines under a line of names; messages as "-- text"; counts as "(n)".
class TextSink : public ResultSink {
 public:
  void on_columns(const std::vector<ResultColumn>& columns) override {
    columns_ = columns;
    std::vector<std::string> names;
    for (const ResultColumn& column : columns) names.push_back(column.name);
    lines.push_back(join(names, "|"));
    types.clear();
    for (const ResultColumn& column : columns) types.push_back(column.type);
  }
  void on_rows(const engine::Chunk& rows) override {
    for (std::size_t row = 0; row < rows.size(); ++row) {
      std::vector<std::string> cells;
      for (std::size_t i = 0; i < rows.column_count(); ++i) {
        cells.push_back(rows.column(i).is_null(row) ? "NULL"
                                                    : cell_text(columns_[i], rows.column(i), row));
      }
      lines.push_back(join(cells, "|"));
    }
  }
  void on_rows_end(std::int64_t) override {}
  void on_rows_affected(std::int64_t rows) override {
    lines.push_back("(" + std::to_string(rows) + ")");
  }
  void on_message(const Message& message) override { lines.push_back("-- " + message.text); }
  void on_return_code(int code) override { return_codes.push_back(code); }

  std::vector<std::string> lines;
  std::vector<std::string> types;
  std::vector<int> return_codes;

 private:
  std::vector<ResultColumn> columns_;
};

class SessionTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "tarn-sql-XXXXXX").string();
    home_ = mkdtemp(pattern.data());
    lake_ = std::make_unique<lake::Lake>(home_ / "lake");
    store_ = meta::Store::open(test_store(home_ / "tarn.db"));
    engine::Settings settings;
    settings.threads = 2;
    settings.memory_bytes_max = 512ull << 20;
    settings.temp_directory = home_ / "spill";
    settings.allowed_directories = {home_ / "lake"};
    database_ = engine::Database::open(settings);
    const auto provider = [this]() -> engine::Database& { return *database_; };
    catalog_ = std::make_unique<lake::Catalog>(*lake_, *store_, provider);
    services_.database = provider;
    services_.lake = lake_.get();
    services_.catalog = catalog_.get();
    services_.store = store_.get();
    services_.workspace_id = meta::ensure_workspace(*store_, "main");
    joint_commits_ =
        std::make_unique<lake::JointCommits>(home_ / "run" / "transactions", home_ / "lake");
    services_.joint_commits = joint_commits_.get();
    secrets_ = std::make_unique<identity::Secrets>(*store_, services_.workspace_id, home_);
    services_.secrets = secrets_.get();
    services_.scorers = &scorers_;
    session_ = std::make_unique<Session>(services_, SessionOptions{});
  }
  void TearDown() override {
    session_.reset();
    catalog_.reset();
    store_.reset();
    lake_.reset();
    database_.reset();
    std::filesystem::remove_all(home_);
  }

  /// The batch's output, one line each.
  std::string run(std::string_view batch) {
    TextSink sink;
    session_->execute(batch, sink);
    types_ = sink.types;
    return_codes_ = sink.return_codes;
    return join(sink.lines, "\n");
  }
  /// The error's "number: message", or what the batch gave where there was none.
  std::string error(std::string_view batch) {
    try {
      return "no error, but: " + run(batch);
    } catch (const Error& failure) {
      last_error_ = std::make_unique<Error>(failure);
      return (failure.sql() ? std::to_string(failure.sql()->number) : std::string("no number")) +
             ": " + failure.message();
    }
  }
  int error_number(std::string_view batch) {
    const std::string text = error(batch);
    return last_error_ && last_error_->sql() && !text.starts_with("no error")
               ? last_error_->sql()->number
               : 0;
  }
  void put(const std::string& path, std::string_view bytes) {
    lake_->put(lake::parse_path(path), bytes);
  }

  std::filesystem::path home_;
  std::unique_ptr<lake::Lake> lake_;
  std::unique_ptr<meta::Store> store_;
  std::unique_ptr<engine::Database> database_;
  std::unique_ptr<lake::Catalog> catalog_;
  std::unique_ptr<lake::JointCommits> joint_commits_;
  std::unique_ptr<identity::Secrets> secrets_;
  onnx::ScorerCache scorers_;
  Services services_;
  std::unique_ptr<Session> session_;
  std::vector<std::string> types_;
  std::vector<int> return_codes_;
  std::unique_ptr<Error> last_error_;
};

}  // namespace tarn::sql
