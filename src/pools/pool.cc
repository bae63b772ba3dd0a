#include "pools/pool.h"

#include "base/text.h"
#include "detail/pool_impl.h"
#include "engine/database.h"

namespace tarn::pools {
namespace {

constexpr std::string_view kFirstSchema = "dbo";

std::pair<std::string, std::string> key_of(std::string_view schema, std::string_view name) {
  return {to_lower(schema), to_lower(name)};
}

Error damaged(const std::string& pool, const std::string& what) {
  return {Code::kDataLoss, "The file of the SQL pool '" + pool + "' is damaged: " + what,
          "Restore the pool from a backup."};
}

PoolTable table_of(const std::string& pool, const std::vector<std::optional<std::string>>& row) {
  PoolTable table;
  for (const auto& cell : row)
    if (!cell) throw damaged(pool, "a table's description has a NULL.");
  table.id = std::stoll(*row[0]);
  table.schema = *row[1];
  table.name = *row[2];
  table.created = std::stoll(*row[3]);
  table.modified = std::stoll(*row[4]);
  try {
    for (const lake::delta::Action& action : lake::delta::parse_commit(*row[5], table.name)) {
      if (const auto* metadata = std::get_if<lake::delta::Metadata>(&action))
        table.metadata = *metadata;
    }
  } catch (const Error& error) {
    throw damaged(pool, error.message());
  }
  if (table.metadata.schema.fields.empty())
    throw damaged(pool, "the table " + table.name + " has no description.");
  return table;
}

}  // namespace

std::string alias_of(std::string_view name) { return engine::quote_name("pool:" + to_lower(name)); }

std::vector<std::string> foundation_sql(const std::string& alias) {
  const std::string own = alias + ".tarn.";
  return {"CREATE SCHEMA " + alias + ".tarn",
          "CREATE SCHEMA " + alias + ".data",
          "CREATE TABLE " + own + "format (version INTEGER NOT NULL)",
          "INSERT INTO " + own + "format VALUES (" + std::to_string(kFileVersion) + ")",
          "CREATE TABLE " + own + "schemas (name VARCHAR NOT NULL, created BIGINT NOT NULL)",
          "CREATE TABLE " + own +
              "tables (id BIGINT NOT NULL, schema_name VARCHAR NOT NULL, name VARCHAR NOT NULL, "
              "created BIGINT NOT NULL, modified BIGINT NOT NULL, metadata VARCHAR NOT NULL)",
          "CREATE SEQUENCE " + own + "ids"};
}

bool Definitions::has_schema(std::string_view schema) const {
  for (const std::string& known : schemas)
    if (equal_ignoring_case(known, schema)) return true;
  return false;
}

PoolTablePtr Definitions::find(std::string_view schema, std::string_view table) const {
  const auto found = tables.find(key_of(schema, table));
  return found == tables.end() ? nullptr : found->second;
}

PoolTable Pool::Impl::with_names(PoolTable table) const {
  table.engine_name = alias + ".\"data\".\"t" + std::to_string(table.id) + "\"";
  table.sequence_name = alias + ".\"data\".\"s" + std::to_string(table.id) + "\"";
  return table;
}

void Pool::Impl::load(engine::Connection& connection) {
  const std::string own = alias + ".tarn.";
  const auto read = [&](const std::string& sql) {
    try {
      return connection.rows(sql);
    } catch (const Error& error) {
      throw damaged(name, error.message());
    }
  };
  const auto version = read("SELECT version FROM " + own + "format");
  if (version.size() != 1 || !version[0][0]) throw damaged(name, "it names no version.");
  if (std::stoi(*version[0][0]) > kFileVersion) {
    throw Error(Code::kUnsupported,
                "The SQL pool '" + name + "' was written by a newer version of Tarn.",
                "Install that version.");
  }
  auto definitions = std::make_shared<Definitions>();
  definitions->schemas.emplace_back(kFirstSchema);
  for (const auto& row : read("SELECT name FROM " + own + "schemas ORDER BY lower(name)"))
    definitions->schemas.push_back(*row[0]);
  for (const auto& row : read("SELECT id, schema_name, name, created, modified, metadata FROM " +
                              own + "tables ORDER BY id")) {
    PoolTable table = with_names(table_of(name, row));
    auto key = key_of(table.schema, table.name);
    definitions->tables.emplace(std::move(key), std::make_shared<PoolTable>(std::move(table)));
  }
  current = std::move(definitions);
}

Pool::Pool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pool::~Pool() = default;
const std::string& Pool::name() const { return impl_->name; }
const std::string& Pool::collation() const { return impl_->collation; }

DefinitionsPtr Pool::definitions() const {
  const std::shared_lock lock(impl_->defining);
  return impl_->current;
}

}  // namespace tarn::pools
