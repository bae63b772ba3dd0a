#pragma once
// What binder tests share.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder.h"
#include "detail/functions/engine_functions.h"
#include "detail/syntax/parser.h"
#include "detail/translate/engine_type.h"
#include "detail/translate/translate.h"
#include "engine/database.h"
#include "fake_context.h"

namespace tarn::sql::test {

/// "numeric(7,2)" of the first column.
inline std::string type_of(const std::string& expression, FakeContext* context = nullptr) {
  FakeContext own;
  Binder binder(context ? *context : own);
  return to_string(binder.bind_query(*parse_query("SELECT " + expression)).columns[0].type);
}

/// SQL Server's number of the error that binding the query gives; 0 for none.
inline int bind_error_of(const std::string& query, Place* place = nullptr) {
  FakeContext context;
  try {
    Binder binder(context);
    translate(binder.bind_query(*parse_query(query)));
  } catch (const Error& error) {
    if (place && error.place()) *place = *error.place();
    return error.sql() ? error.sql()->number : -1;
  }
  return 0;
}

/// Runs T-SQL queries in an engine with the tables `people` and `orders`.
class EngineTest : public testing::Test {
 protected:
  using Rows = std::vector<std::vector<std::optional<std::string>>>;

  static void SetUpTestSuite() {
    database_ = engine::Database::open({}).release();
    register_engine_functions(*database_);
    engine::ScalarFunction model;
    model.name = "test_model";
    model.parameters = {engine::Kind::kDouble};
    model.result = engine::Type::structure({{"doubled", engine::Kind::kFloat}});
    model.call = [](const engine::Chunk& input, engine::ColumnWriter& output) {
      engine::ColumnWriter field = output.child(0);
      for (std::size_t i = 0; i < input.size(); ++i) {
        field.data<float>()[i] = static_cast<float>(2 * input.column(0).number(i));
      }
    };
    database_->register_function(std::move(model));
    connection_ = new engine::Connection(database_->connect());
    connection_->execute(
        "CREATE TEMP TABLE people(id INTEGER, name VARCHAR, city VARCHAR, height DECIMAL(5,2), "
        "born DATE, score DOUBLE)");
    connection_->execute(
        "INSERT INTO people VALUES (1, 'Ann', 'Rome', 1.70, '2000-02-29', 1.5), (2, 'bob', 'rome', "
        "1.80, '1990-12-31', "
        "2.5), (3, 'BOB ', 'Oslo', NULL, NULL, NULL), (4, NULL, 'Oslo ', 1.60, '2001-01-01', -1)");
    connection_->execute(
        "CREATE TEMP TABLE orders(id INTEGER, person INTEGER, amount DECIMAL(19,4), small "
        "SMALLINT, made TIMESTAMP)");
    connection_->execute(
        "INSERT INTO orders VALUES (10, 1, 12.5, 3, '2024-01-31 10:00:00'), (11, 1, 7.25, 4, "
        "'2024-02-01 12:30:00'), "
        "(12, 2, 100, NULL, NULL)");
  }
  static void TearDownTestSuite() {
    delete connection_;
    delete database_;
  }

  Rows run(const std::string& query) {
    Binder binder(context_);
    const Translation translation = translate(binder.bind_query(*parse_query(query)));
    SCOPED_TRACE(translation.engine_sql);
    engine_sql_ = translation.engine_sql;
    try {
      // The engine's types must be those that the bound columns promise.
      const auto columns = connection_->describe(translation.engine_sql);
      EXPECT_EQ(columns.size(), translation.columns.size());
      for (std::size_t i = 0; i < columns.size(); ++i) {
        EXPECT_EQ(engine::to_sql(columns[i].type), engine_type_sql(translation.columns[i].type))
            << query;
      }
      std::string casts;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        casts += (i ? ", " : "") + std::string("CAST(\"c") + std::to_string(i) + "\" AS VARCHAR)";
      }
      return connection_->rows("SELECT " + casts + " FROM (" + translation.engine_sql + ")");
    } catch (const Error& error) {
      throw sql_error(error);
    }
  }

  /// Rows as "a|b; c|NULL".
  std::string text(const std::string& query) {
    std::string result;
    bool first = true;
    try {
      for (const auto& row : run(query)) {
        if (!std::exchange(first, false)) result += "; ";
        for (std::size_t i = 0; i < row.size(); ++i)
          result += (i ? "|" : "") + row[i].value_or("NULL");
      }
    } catch (const Error& error) {
      return "error " + std::to_string(error.sql() ? error.sql()->number : -1) + ": " +
             error.message() + (error.sql() ? "" : " IN " + engine_sql_);
    }
    return result;
  }
  std::string value(const std::string& expression) { return text("SELECT " + expression); }
  int error(const std::string& query) {
    try {
      run(query);
    } catch (const Error& failure) {
      return failure.sql() ? failure.sql()->number : -1;
    }
    return 0;
  }

  FakeContext context_;
  std::string engine_sql_;
  static inline engine::Database* database_ = nullptr;
  static inline engine::Connection* connection_ = nullptr;
};

}  // namespace tarn::sql::test
