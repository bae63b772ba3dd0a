#pragma once
// An engine, a folder for tables and a clock that the test moves.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/database.h"
#include "lake/delta_table.h"
#include "lake/table_writer.h"
#include "temporary_folder.h"

namespace tarn::lake {

class StoppedClock : public Clock {
 public:
  Micros now() const override { return now_; }
  void set(Micros now) { now_ = now; }

 private:
  Micros now_ = 1'767'225'600'000'000;  // 2026-01-01T00:00:00Z
};

class DeltaTest : public testing::Test {
 protected:
  using Rows = std::vector<std::vector<std::optional<std::string>>>;

  DeltaTest() {
    engine::Settings settings;
    settings.threads = 2;
    settings.memory_bytes_max = 512ull << 20;
    settings.allowed_directories = {home_.path()};
    database_ = engine::Database::open(settings);
  }

  delta::EngineProvider provider() {
    return [this]() -> engine::Database& { return *database_; };
  }
  std::unique_ptr<delta::Table> open(const std::string& name = "t") {
    return std::make_unique<delta::Table>(home_.path() / name, provider(), FileSystem::system(),
                                          clock_);
  }
  static delta::Schema schema(
      std::initializer_list<std::pair<const char*, delta::Type::Kind>> columns) {
    delta::Schema result;
    for (const auto& [name, kind] : columns) {
      delta::Field field;
      field.name = name;
      field.type.kind = kind;
      result.fields.push_back(field);
    }
    return result;
  }
  /// Writes and appends the rows of a SELECT.
  std::int64_t insert(delta::Table& table, const std::string& select) {
    const auto snapshot = table.snapshot();
    TableWriter writer(table.folder(), snapshot->schema(), snapshot->metadata.partition_columns);
    engine::Connection connection = database_->connect();
    auto adds = writer.write(connection, select);
    const std::int64_t version = table.append(*snapshot, std::move(adds));
    writer.keep();
    return version;
  }
  Rows rows(const delta::Table& table, const delta::Snapshot& snapshot,
            const std::string& tail = "") {
    return query("SELECT * FROM " + delta::scan_sql(snapshot, table.folder()) + " " + tail);
  }
  Rows query(const std::string& sql) {
    engine::Connection connection = database_->connect();
    return connection.rows(sql);
  }

  TemporaryFolder home_;
  StoppedClock clock_;
  std::unique_ptr<engine::Database> database_;
};

}  // namespace tarn::lake
