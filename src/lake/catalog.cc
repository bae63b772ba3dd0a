#include "lake/catalog.h"

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <set>

#include "base/error.h"
#include "base/ids.h"
#include "base/text.h"
#include "detail/names.h"
#include "detail/warehouse.h"
#include "meta/paging.h"
#include "meta/store.h"
#include "meta/workspaces.h"

namespace tarn::lake {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kTablesToken = "tables";

bool is_default(std::string_view database) {
  return equal_ignoring_case(database, kDefaultDatabase);
}
bool is_dbo(std::string_view schema) { return equal_ignoring_case(schema, kDefaultSchema); }

void check_name(std::string_view kind, std::string_view name) {
  if (name.empty() || name.size() > Catalog::kNameBytesMax || !valid_utf8(name) ||
      name.find('\0') != std::string_view::npos || trim(name).size() != name.size() ||
      detail::folder_name(name).size() > kComponentBytesMax / 2) {
    throw Error(Code::kInvalidArgument,
                "Invalid name of a " + std::string(kind) + ": '" + detail::printable(name) + "'.",
                "Use 1 to 128 characters without blanks at its ends.");
  }
}

// Renames unless something has the target's name; false then.
bool rename_if_absent(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST || errno == ENOTEMPTY) return false;
  throw Error(Code::kUnavailable,
              "Cannot rename to " + to.string() + ": " + std::strerror(errno) + ".");
}

}  // namespace

struct Catalog::Impl {
  Impl(const fs::path& warehouse_root, std::string id)
      : warehouse(warehouse_root), workspace_id(std::move(id)) {}

  mutable detail::Warehouse warehouse;
  std::string workspace_id;
  std::mutex changing;  // creates and drops of this process, one at a time

  fs::path aside() const { return warehouse.root() / (std::string(kTemporaryPrefix) + new_id()); }
};

Catalog::Catalog(Lake& lake, meta::Store& store, delta::EngineProvider engine,
                 std::string workspace)
    : lake_(lake), store_(store), workspace_(std::move(workspace)), tables_(std::move(engine)) {
  const LakePath warehouse = parse_path("files/synapse/workspaces/" + workspace_ + "/warehouse");
  lake_.make_folder(warehouse);
  impl_ = std::make_unique<Impl>(lake_.local_path(warehouse),
                                 meta::ensure_workspace(store_, workspace_));
}

Catalog::~Catalog() = default;

std::vector<DatabaseInfo> Catalog::databases() const {
  std::map<std::string, DatabaseInfo, CaseInsensitive> found;
  if (const auto listing = impl_->warehouse.list(impl_->warehouse.root())) {
    for (const std::string& name : listing->databases) {
      found[name] = {.name = name, .collation = std::string(kDefaultCollation), .created = 0};
    }
  }
  const auto rows = store_.read([&](meta::Transaction& tx) {
    return tx.query(
        "SELECT name, \"collation\", created_at FROM databases WHERE workspace_id = $1 AND kind = "
        "'lake'",
        impl_->workspace_id);
  });
  for (const meta::Row& row : rows) {
    found[row.text(0)] = {
        .name = row.text(0),
        .collation = row.text(1).empty() ? std::string(kDefaultCollation) : row.text(1),
        .created = row.int64(2)};
  }
  found.erase(std::string(kDefaultDatabase));
  std::vector<DatabaseInfo> result{{.name = std::string(kDefaultDatabase),
                                    .collation = std::string(kDefaultCollation),
                                    .created = 0}};
  for (auto& [name, info] : found) result.push_back(std::move(info));
  return result;
}

std::optional<DatabaseInfo> Catalog::find_database(std::string_view name) const {
  if (name.empty() || is_default(name)) {
    return DatabaseInfo{.name = std::string(kDefaultDatabase),
                        .collation = std::string(kDefaultCollation),
                        .created = 0};
  }
  for (DatabaseInfo& info : databases()) {
    if (equal_ignoring_case(info.name, name)) return std::move(info);
  }
  return std::nullopt;
}

namespace {

DatabaseInfo require_database(const Catalog& catalog, std::string_view name) {
  if (auto info = catalog.find_database(name)) return std::move(*info);
  std::vector<std::string> names;
  for (const DatabaseInfo& info : catalog.databases()) names.push_back(info.name);
  throw Error(Code::kNotFound, "There is no database '" + detail::printable(name) + "'.",
              did_you_mean(name, names));
}

}  // namespace

DatabaseInfo Catalog::create_database(std::string_view name, std::string_view collation) {
  check_name("database", name);
  const std::lock_guard lock(impl_->changing);
  if (find_database(name)) {
    throw Error(Code::kAlreadyExists, "The database exists already: '" + std::string(name) + "'.");
  }
  const DatabaseInfo info{.name = std::string(name),
                          .collation = std::string(collation),
                          .created = Clock::system().now()};
  store_.write([&](meta::Transaction& tx) {
    tx.execute(
        "INSERT INTO databases (workspace_id, database_key, name, \"collation\", created_at, "
        "modified_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        impl_->workspace_id, to_lower(name), info.name, info.collation, info.created, info.created);
  });
  fs::create_directories(impl_->warehouse.folder_of(name));
  return info;
}

void Catalog::drop_database(std::string_view name) {
  if (is_default(name))
    throw Error(Code::kInvalidArgument, "The database cannot be dropped: 'default'.");
  const DatabaseInfo info = require_database(*this, name);
  const std::lock_guard lock(impl_->changing);
  const fs::path folder = impl_->warehouse.folder_of(info.name);
  const fs::path doomed = impl_->aside();
  if (fs::exists(folder)) FileSystem::system().rename(folder, doomed);
  store_.write([&](meta::Transaction& tx) {
    tx.execute("DELETE FROM schemas WHERE workspace_id = $1 AND database_key = $2",
               impl_->workspace_id, to_lower(info.name));
    tx.execute("DELETE FROM databases WHERE workspace_id = $1 AND database_key = $2",
               impl_->workspace_id, to_lower(info.name));
  });
  FileSystem::system().remove(doomed);
}

std::vector<std::string> Catalog::schemas(std::string_view database) const {
  const DatabaseInfo info = require_database(*this, database);
  std::set<std::string, CaseInsensitive> found;
  const auto rows = store_.read([&](meta::Transaction& tx) {
    return tx.query("SELECT name FROM schemas WHERE workspace_id = $1 AND database_key = $2",
                    impl_->workspace_id, to_lower(info.name));
  });
  for (const meta::Row& row : rows) found.insert(row.text(0));
  const fs::path folder = impl_->warehouse.folder_of(info.name);
  if (const auto listing = impl_->warehouse.list(folder)) {
    for (const detail::TableFolder& table : listing->folders) {
      if (!found.contains(table.schema) && delta::Table::exists(folder / table.folder))
        found.insert(table.schema);
    }
  }
  found.erase(std::string(kDefaultSchema));
  std::vector<std::string> result{std::string(kDefaultSchema)};
  result.insert(result.end(), found.begin(), found.end());
  return result;
}

bool Catalog::has_schema(std::string_view database, std::string_view schema) const {
  if (schema.empty() || is_dbo(schema)) return find_database(database).has_value();
  const auto all = schemas(database);
  return std::any_of(all.begin(), all.end(),
                     [&](const std::string& name) { return equal_ignoring_case(name, schema); });
}

namespace {

// The schema's name in the case that it was made with.
std::string require_schema(const Catalog& catalog, std::string_view database,
                           std::string_view schema) {
  if (schema.empty() || is_dbo(schema)) return std::string(kDefaultSchema);
  const auto all = catalog.schemas(database);
  for (const std::string& name : all) {
    if (equal_ignoring_case(name, schema)) return name;
  }
  throw Error(Code::kNotFound, "There is no schema '" + detail::printable(schema) + "'.",
              did_you_mean(schema, all));
}

}  // namespace

void Catalog::create_schema(std::string_view database, std::string_view schema) {
  check_name("schema", schema);
  const DatabaseInfo info = require_database(*this, database);
  const std::lock_guard lock(impl_->changing);
  if (has_schema(info.name, schema)) {
    throw Error(Code::kAlreadyExists, "The schema exists already: '" + std::string(schema) + "'.");
  }
  store_.write([&](meta::Transaction& tx) {
    tx.execute(
        "INSERT INTO schemas (workspace_id, database_key, schema_key, name, created_at) VALUES "
        "($1, $2, $3, $4, $5)",
        impl_->workspace_id, to_lower(info.name), to_lower(schema), schema, Clock::system().now());
  });
}

void Catalog::drop_schema(std::string_view database, std::string_view schema) {
  if (is_dbo(schema)) throw Error(Code::kInvalidArgument, "The schema cannot be dropped: 'dbo'.");
  const DatabaseInfo info = require_database(*this, database);
  const std::string name = require_schema(*this, info.name, schema);
  const std::lock_guard lock(impl_->changing);
  if (!table_names(info.name, name, 1).empty()) {
    throw Error(Code::kConflict, "The schema still has tables: '" + name + "'.",
                "Drop them first.");
  }
  store_.write([&](meta::Transaction& tx) {
    tx.execute(
        "DELETE FROM schemas WHERE workspace_id = $1 AND database_key = $2 AND schema_key = $3",
        impl_->workspace_id, to_lower(info.name), to_lower(name));
  });
}

TableRef Catalog::ref(const std::string& database, const fs::path& folder, std::string schema,
                      std::string table) const {
  return {
      .database = database,
      .schema = std::move(schema),
      .table = std::move(table),
      .path = {.container = std::string(kPrimaryContainer),
               .path = folder.lexically_relative(lake_.root() / kPrimaryContainer).generic_string(),
               .folder = true},
      .folder = folder};
}

std::optional<TableRef> Catalog::find(std::string_view database, std::string_view schema,
                                      std::string_view table) const {
  const auto info = find_database(database);
  if (!info || table.empty()) return std::nullopt;
  const std::string_view wanted_schema = schema.empty() ? kDefaultSchema : schema;
  // As it was written, without reading the folder; else in any case.
  const fs::path exact = impl_->warehouse.folder_of(info->name, wanted_schema, table);
  if (delta::Table::exists(exact) && !fs::is_symlink(exact)) {
    return ref(info->name, exact,
               std::string(is_dbo(wanted_schema) ? kDefaultSchema : wanted_schema),
               std::string(table));
  }
  const fs::path folder = impl_->warehouse.folder_of(info->name);
  const auto listing = impl_->warehouse.list(folder);
  if (!listing) return std::nullopt;
  for (const detail::TableFolder& candidate : listing->folders) {
    if (!equal_ignoring_case(candidate.table, table) ||
        !equal_ignoring_case(candidate.schema, wanted_schema))
      continue;
    if (delta::Table::exists(folder / candidate.folder)) {
      return ref(info->name, folder / candidate.folder, candidate.schema, candidate.table);
    }
  }
  return std::nullopt;
}

TableRef Catalog::resolve(std::string_view database, std::string_view schema,
                          std::string_view table) const {
  const DatabaseInfo info = require_database(*this, database);
  if (auto found = find(info.name, schema, table)) return std::move(*found);
  const std::string schema_name = require_schema(*this, info.name, schema);
  const TableName name{.database = info.name, .schema = schema_name, .table = std::string(table)};
  throw Error(Code::kNotFound, "There is no table '" + detail::printable(name.text()) + "'.",
              did_you_mean(table, table_names(info.name, schema_name)));
}

std::vector<std::string> Catalog::table_names(std::string_view database, std::string_view schema,
                                              std::size_t limit) const {
  std::vector<std::string> names;
  for (const TableRef& table :
       list(database, schema, std::clamp<std::size_t>(limit, 1, kListMax)).tables) {
    names.push_back(table.table);
  }
  return names;
}

TablePage Catalog::list(std::string_view database, std::string_view schema, std::size_t limit,
                        std::string_view continuation, const CancelToken& cancel) const {
  if (limit < 1 || limit > kListMax) {
    throw Error(Code::kInvalidArgument,
                "The limit of a page must be within 1 and " + std::to_string(kListMax) + ".");
  }
  std::vector<DatabaseInfo> wanted;
  if (database.empty()) {
    wanted = databases();
  } else {
    wanted.push_back(require_database(*this, database));
  }
  // The key of a table in the order of the list; the page begins after the token's.
  using Key = std::tuple<std::string, std::string, std::string>;
  std::optional<Key> after;
  if (!continuation.empty()) {
    auto parts = meta::parse_page_token(kTablesToken, continuation, 3);
    after = Key(std::move(parts[0]), std::move(parts[1]), std::move(parts[2]));
  }
  // `default` comes first whatever the others' names are.
  const auto rank = [](std::string_view name) {
    return is_default(name) ? std::string() : to_lower(name);
  };
  TablePage page;
  for (const DatabaseInfo& info : wanted) {
    if (after && rank(info.name) < std::get<0>(*after)) continue;
    const fs::path folder = impl_->warehouse.folder_of(info.name);
    const auto listing = impl_->warehouse.list(folder);
    if (!listing) continue;
    auto next = listing->folders.begin();
    if (after && rank(info.name) == std::get<0>(*after)) {
      next = std::upper_bound(next, listing->folders.end(), *after,
                              [](const Key& key, const detail::TableFolder& entry) {
                                return std::tie(std::get<1>(key), std::get<2>(key)) <
                                       std::tie(entry.schema, entry.table);
                              });
    }
    for (; next != listing->folders.end(); ++next) {
      cancel.check();
      if (!schema.empty() && !equal_ignoring_case(next->schema, schema)) continue;
      if (!delta::Table::exists(folder / next->folder)) continue;
      if (page.tables.size() == limit) {
        const TableRef& last = page.tables.back();
        const std::string key[] = {rank(last.database), last.schema, last.table};
        page.continuation = meta::page_token(kTablesToken, key);
        return page;
      }
      page.tables.push_back(ref(info.name, folder / next->folder, next->schema, next->table));
    }
  }
  return page;
}

TableRef Catalog::place(std::string_view database, std::string_view schema,
                        std::string_view table) const {
  check_name("table", table);
  const DatabaseInfo info = require_database(*this, database);
  const std::string schema_name = require_schema(*this, info.name, schema);
  if (const auto existing = find(info.name, schema_name, table)) {
    throw Error(Code::kAlreadyExists, "The table exists already: '" + existing->text() + "'.");
  }
  return ref(info.name, impl_->warehouse.folder_of(info.name, schema_name, table), schema_name,
             std::string(table));
}

TableRef Catalog::create_table(std::string_view database, std::string_view schema,
                               std::string_view table, const delta::Schema& columns,
                               const std::vector<std::string>& partition_columns,
                               const std::map<std::string, std::string>& configuration,
                               const FirstFiles& first_files, std::string_view user) {
  TableRef target = place(database, schema, table);
  const fs::path aside = impl_->aside();
  fs::create_directory(aside);
  try {
    std::vector<delta::Action> actions;
    if (first_files) {
      for (delta::Add& add : first_files(aside)) actions.emplace_back(std::move(add));
    }
    delta::Table(aside, {}).create(columns, partition_columns, configuration, actions,
                                   first_files ? "CREATE TABLE AS SELECT" : "CREATE TABLE", user);
    FileSystem::system().sync_directory(aside);
    const std::lock_guard lock(impl_->changing);
    target = place(database, schema, table);  // somebody may have been faster
    fs::create_directories(target.folder.parent_path());
    std::error_code ignored;
    fs::remove(target.folder, ignored);  // an empty folder that is no table is in nobody's way
    if (!rename_if_absent(aside, target.folder)) {
      throw Error(Code::kAlreadyExists,
                  "A folder that is no table has the table's name: '" + target.path.text() + "'.",
                  "Move its files away or choose another name.");
    }
    FileSystem::system().sync_directory(target.folder.parent_path());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(aside, ignored);
    throw;
  }
  tables_.forget(target.folder);
  return target;
}

TableRef Catalog::rename_table(const TableRef& table, std::string_view name) {
  const std::lock_guard lock(impl_->changing);
  if (!delta::Table::exists(table.folder)) {
    throw Error(Code::kNotFound, "There is no table '" + table.text() + "'.");
  }
  check_name("table", name);
  const TableRef target =
      equal_ignoring_case(name, table.table)
          ? ref(table.database,
                impl_->warehouse.folder_of(table.database, table.schema, std::string(name)),
                table.schema, std::string(name))
          : place(table.database, table.schema, name);
  if (target.folder == table.folder) return target;
  lake_.rename(table.path, target.path);
  tables_.forget(table.folder);
  tables_.forget(target.folder);
  return target;
}

void Catalog::drop_table(const TableRef& table) {
  const std::lock_guard lock(impl_->changing);
  if (!delta::Table::exists(table.folder)) {
    throw Error(Code::kNotFound, "There is no table '" + table.text() + "'.");
  }
  const fs::path doomed = impl_->aside();
  FileSystem::system().rename(table.folder, doomed);
  tables_.forget(table.folder);
  FileSystem::system().remove(doomed);
}

}  // namespace tarn::lake
