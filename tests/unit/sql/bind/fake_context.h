#pragma once
// Surroundings for the binder without a session: a few tables that exist in the engine, variables,
// functions of users, and a fixed clock.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/text.h"
#include "detail/bind/bind_error.h"
#include "detail/bind/binder.h"
#include "detail/syntax/parser.h"

namespace tarn::sql::test {

/// dbo.half(@x), dbo.grade(@x) with IF and SET, and the table dbo.people_of(@city).
inline const char* fake_function(const std::string& name) {
  if (name == "half")
    return "CREATE FUNCTION half(@x float) RETURNS float AS BEGIN RETURN @x / 2 END";
  if (name == "grade") {
    return "CREATE FUNCTION grade(@x int = 1) RETURNS varchar(5) AS BEGIN DECLARE @r varchar(5) = "
           "'low'; IF @x > 5 SET @r = 'high'; IF @x > 9 RETURN 'top'; RETURN @r + '!' END";
  }
  if (name == "people_of") {
    return "CREATE FUNCTION people_of(@city nvarchar(20)) RETURNS TABLE AS RETURN (SELECT id, name "
           "FROM people WHERE city = @city)";
  }
  return nullptr;
}

class FakeContext : public BindContext {
 public:
  const Collation* default_collation() const override { return collation; }

  std::variant<Source, ViewSource> resolve_table(const ast::Name& name) override {
    const std::string table = to_lower(name.last().text);
    if (table == "v") {
      ViewSource view;
      view.query = std::make_shared<ast::Query>(
          std::move(*parse_query("SELECT id, name FROM people WHERE id < 3")));
      view.name = "v";
      view.schema = "dbo";
      view.database = "db";
      return view;
    }
    Source source;
    source.database = "db";
    source.schema = "dbo";
    source.name = table;
    if (table == "people") {
      source.engine_sql = "\"people\"";
      source.columns = {
          {"id", SqlType::integer(), false, {}, false},
          {"name", SqlType::varchar(20), true, {}, false},
          {"city",
           SqlType::nvarchar(20).with_collation(lake_collation(), Coercibility::kImplicit),
           true,
           {},
           false},
          {"height", SqlType::decimal(5, 2), true, {}, false},
          {"born", SqlType::of(TypeId::kDate), true, {}, false},
          {"score", SqlType::floating(), true, {}, false},
          {"filename()", SqlType::varchar(100), false, "name", true}};
      return source;
    }
    if (table == "orders") {
      source.engine_sql = "\"orders\"";
      source.columns = {{"id", SqlType::integer(), false, {}, false},
                        {"person", SqlType::integer(), true, {}, false},
                        {"amount", SqlType::of(TypeId::kMoney), true, {}, false},
                        {"small", SqlType::of(TypeId::kSmallInt), true, {}, false},
                        {"made", SqlType::of(TypeId::kDateTime), true, {}, false}};
      return source;
    }
    throw bind_error(208, "Invalid object name '" + name.last().text + "'.", name.span);
  }
  std::optional<FunctionSource> resolve_function(const ast::Name& name) override {
    const char* definition = fake_function(to_lower(name.last().text));
    if (!definition) return std::nullopt;
    auto batch = std::make_shared<ast::Batch>(parse_batch(definition));
    const auto& function = std::get<ast::CreateFunction>(batch->statements.front()->node);
    return FunctionSource{
        {batch, &function}, std::make_shared<FakeContext>(), "dbo", function.name.last().text};
  }
  Source resolve_table_variable(std::string_view, ast::Span span) override {
    throw bind_error(1087, "Must declare the table variable.", span);
  }
  Source resolve_openrowset(const ast::OpenRowset&, ast::Span span) override {
    throw unsupported("OPENROWSET", span);
  }
  Model resolve_model(const ast::Predict&, std::span<const SourceColumn> data, ast::Span) override {
    Model model;
    model.engine_function = "test_model";
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (data[i].name == "id") model.inputs.push_back({i, SqlType::floating()});
    }
    model.outputs.push_back(
        {"doubled", "doubled", SqlType::of(TypeId::kReal), SqlType::of(TypeId::kReal)});
    return model;
  }
  Constant resolve_variable(std::string_view name, ast::Span span) override {
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) throw bind_error(137, "Must declare the scalar variable.", span);
    return found->second;
  }
  Constant resolve_global(std::string_view, ast::Span) override {
    return {SqlType::integer(), "7"};
  }
  Constant system_value(std::string_view name, std::span<const Constant>, ast::Span) override {
    return {SqlType::nvarchar(128), "value of " + std::string(name)};
  }
  std::int64_t now_us() const override {
    return 1'704'067'200'123'456;
  }  // 2024-01-01 00:00:00.123456

  const Collation* collation = server_collation();
  std::map<std::string, Constant> variables = {{"@i", {SqlType::integer(), "5"}},
                                               {"@s", {SqlType::varchar(10), "Ann"}},
                                               {"@null", {SqlType::integer(), std::nullopt}}};
};

}  // namespace tarn::sql::test
