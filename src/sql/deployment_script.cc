#include "deployment_script.h"

#include "base/error.h"

namespace tarn::sql {
namespace {

std::string bracketed(std::string_view name) {
  std::string text = "[";
  for (const char c : name) {
    text += c;
    if (c == ']') text += c;
  }
  return text + ']';
}

std::string literal(std::string_view value) {
  std::string text = "N'";
  for (const char c : value) {
    text += c;
    if (c == '\'') text += c;
  }
  return text + '\'';
}

// "dbo.x", "[a.b].x", "\"a\".x" as quoted parts joined by dots.
std::string quoted_name(std::string_view text) {
  constexpr int kPartsMax = 3;
  const auto fail = [&] {
    return Error(Code::kInvalidArgument, "Not a T-SQL name: '" + std::string(text) + "'.",
                 "Write schema.name, for instance dbo.predict_rentals.");
  };
  std::string result;
  std::size_t at = 0;
  for (int parts = 1;; ++parts) {
    std::string part;
    const char open = at < text.size() ? text[at] : '\0';
    if (open == '[' || open == '"') {
      const char close = open == '[' ? ']' : '"';
      for (++at;; ++at) {
        if (at >= text.size()) throw fail();
        if (text[at] == close && !text.substr(at + 1).starts_with(close)) break;
        if (text[at] == close) ++at;  // doubled
        part += text[at];
      }
      ++at;
    } else {
      while (at < text.size() && text[at] != '.') part += text[at++];
      if (part.find_first_of(" \t\r\n'\";[]()") != std::string::npos) throw fail();
    }
    if (part.empty() || parts > kPartsMax) throw fail();
    result += bracketed(part);
    if (at >= text.size()) return result;
    if (text[at++] != '.') throw fail();
    result += '.';
  }
}

std::string sql_type(const onnx::Port& port) {
  using onnx::ElementType;
  if (port.width() == 1) {
    switch (port.type) {
      case ElementType::kFloat:
        return "real";
      case ElementType::kDouble:
        return "float";
      case ElementType::kInt64:
        return "bigint";
      case ElementType::kInt32:
        return "int";
      case ElementType::kBool:
        return "bit";
      case ElementType::kString:
        return "varchar(8000)";
      default:
        break;
    }
  }
  throw Error(Code::kUnsupported,
              "No SQL column can be " + port.describe() + ": '" + port.name + "'.",
              "Call PREDICT by hand for this model.");
}

std::string procedure_text(const Deployment& deployment, const std::string& table) {
  std::string columns, outputs;
  for (const auto& input : deployment.inputs) {
    const std::string name = bracketed(input.name);
    if (!columns.empty()) columns += ",\n";
    columns += "        CAST(" + name + " AS " + sql_type(input) + ") AS " + name;
  }
  for (const auto& output : deployment.outputs) {
    if (!outputs.empty()) outputs += ", ";
    outputs += bracketed(output.name) + ' ' + sql_type(output);
  }
  return "-- Scores " + quoted_name(deployment.data) + " with the model.\n" +
         "CREATE OR ALTER PROCEDURE " + quoted_name(deployment.procedure) +
         "\nAS\nBEGIN\n    WITH InputData AS\n    (\n    SELECT\n" + columns + "\n    FROM " +
         quoted_name(deployment.data) + "\n    )\n" +
         "    SELECT d.*, p.*\n    FROM PREDICT(MODEL = (SELECT [Model] FROM " + table +
         " WHERE [ID] = " + literal(deployment.model_id) +
         "),\n                 DATA = InputData AS d,\n                 RUNTIME = ONNX)\n    WITH "
         "(" +
         outputs + ") AS p\nEND";
}

}  // namespace

std::vector<std::string> deployment_batches(const Deployment& deployment) {
  const std::string table = quoted_name(deployment.table);
  const std::string id = literal(deployment.model_id);
  return {
      "-- The table that holds models.\n"
      "IF OBJECT_ID(" +
          literal(table) +
          ") IS NULL\n"
          "CREATE TABLE " +
          table + "\n(\n    [ID] nvarchar(400) NOT NULL,\n    [Model] varbinary(max) NOT NULL\n)",

      "-- The model.\n"
      "IF NOT EXISTS (SELECT * FROM " +
          table + " WHERE [ID] = " + id +
          ")\n"
          "INSERT INTO " +
          table +
          " ([ID], [Model])\n"
          "SELECT " +
          id +
          ", m.BulkColumn\n"
          "FROM OPENROWSET(BULK " +
          literal(deployment.model_path) + ", SINGLE_BLOB) AS m",

      procedure_text(deployment, table),

      "EXEC " + quoted_name(deployment.procedure),
  };
}

}  // namespace tarn::sql
