#include "detail/exec/openrowset.h"

#include <algorithm>

#include "detail/bind/binder.h"
#include "detail/exec/bulk_conversion.h"
#include "detail/exec/external_tables.h"
#include "detail/exec/failure.h"

namespace tarn::sql {
namespace {

std::size_t index_of(const RawSource& source, const std::string& name, ast::Span span) {
  const auto found =
      std::find_if(source.columns.begin(), source.columns.end(),
                   [&](const RawColumn& column) { return equal_ignoring_case(column.name, name); });
  if (found != source.columns.end())
    return static_cast<std::size_t>(found - source.columns.begin());
  std::vector<std::string> candidates;
  for (const RawColumn& column : source.columns) candidates.push_back(column.name);
  std::string hint = did_you_mean(name, candidates);
  if (hint.empty())
    hint = "The columns of " + source.first_file +
           " are: " + join(candidates, ", ").substr(0, 500) + ".";
  throw failure(207, "Invalid column name '" + name + "'.", span, std::move(hint));
}

std::size_t raw_index(const RawSource& source, const ast::SchemaColumn& column,
                      std::size_t position) {
  const bool by_name = source.format.type != BulkFormat::Type::kCsv || source.format.header_row;
  if (column.path) {
    const std::string& path = *column.path;
    return index_of(source, path.starts_with("$.") ? path.substr(2) : path, column.span);
  }
  if (!column.ordinal && by_name) return index_of(source, column.name.text, column.span);
  const std::size_t ordinal =
      column.ordinal ? static_cast<std::size_t>(*column.ordinal) : position + 1;
  if (ordinal == 0 || ordinal > source.columns.size()) {
    throw failure(
        4832,
        "Bulk load: an unexpected end of file was encountered in the data file. Column '" +
            column.name.text + "' is number " + std::to_string(ordinal) + ", and " +
            source.first_file + " has " + std::to_string(source.columns.size()) + " columns.",
        column.span, "Verify that the field terminator is specified correctly.");
  }
  return ordinal - 1;
}

std::vector<BulkColumn> declared_columns(StatementContext& context, const RawSource& source,
                                         const std::vector<ast::SchemaColumn>& schema) {
  std::vector<BulkColumn> columns;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    SqlType type = bind_type(schema[i].type, context.default_collation());
    if (schema[i].collation) {
      const Collation* own = find_collation(schema[i].collation->text);
      if (!own) {
        throw failure(448, "Invalid collation '" + schema[i].collation->text + "'.",
                      schema[i].collation->span);
      }
      type = type.with_collation(own, Coercibility::kImplicit);
    }
    columns.push_back({schema[i].name.text, type, raw_index(source, schema[i], i), {}});
  }
  return columns;
}

std::vector<BulkColumn> natural_columns(StatementFacts& facts, const RawSource& source) {
  std::vector<SqlType> types;
  if (source.format.type == BulkFormat::Type::kCsv) {
    types = inferred_types(facts, source);
  } else {
    for (const RawColumn& column : source.columns) types.push_back(column.type);
  }
  std::vector<BulkColumn> columns;
  for (std::size_t i = 0; i < types.size(); ++i)
    columns.push_back({source.columns[i].name, types[i], i, {}});
  return columns;
}

/// The paths, below DATA_SOURCE where one is named.
std::vector<std::string> located_paths(const StatementFacts& facts, const StatementContext& context,
                                       const ast::OpenRowset& rowset) {
  std::vector<std::string> paths = rowset.paths;
  for (const ast::Option& option : rowset.options) {
    if (option.name != "DATA_SOURCE") continue;
    std::string source = option.word ? option.word->text : std::string();
    if (option.value) {
      if (const auto* text = std::get_if<ast::StringLiteral>(&option.value->node))
        source = text->value;
    }
    for (std::string& path : paths)
      path = located_path(facts.session, context.database(), source, path, option.span);
  }
  return paths;
}

}  // namespace

Source openrowset_source(StatementFacts& facts, StatementContext& context,
                         const ast::OpenRowset& rowset, ast::Span span) {
  BulkRead read;
  read.span = span;
  read.source =
      open_bulk(facts, located_paths(facts, context, rowset), rowset.path_spans,
                openrowset_format(rowset.options, span), identity::actions::kSqlOpenrowset);
  read.columns = rowset.schema ? declared_columns(context, read.source, *rowset.schema)
                               : natural_columns(facts, read.source);
  Source source = bulk_row_source(read);
  facts.session.bulk_reads->push_back(std::move(read));
  return source;
}

}  // namespace tarn::sql
