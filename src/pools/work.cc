#include <algorithm>
#include <exception>

#include "base/fail_point.h"
#include "base/text.h"
#include "detail/pool_impl.h"
#include "engine/database.h"
#include "pools/pool.h"

namespace tarn::pools {
namespace {

using Key = std::pair<std::string, std::string>;

std::string text_of(const lake::delta::Metadata& metadata) {
  return lake::delta::to_line(lake::delta::Action(metadata));
}

Error changing(const std::string& what) {
  return {Code::kConflict, "Another session is changing " + what + "."};
}

}  // namespace

/// A pool in a transaction, and what the transaction makes of its definitions.
struct Work::Joined {
  PoolPtr pool;
  DefinitionsPtr seen;
  std::map<Key, PoolTablePtr> tables;   // those that are new or other now; null: gone
  std::map<std::string, bool> schemas;  // made (true) or dropped, as written
  std::vector<std::string> reservations;

  ~Joined() {
    const std::lock_guard lock(pool->impl_->reserving);
    for (const std::string& key : reservations) pool->impl_->reserved.erase(key);
  }

  /// So that no other transaction changes the same before this one ends.
  void reserve(const std::string& key, const std::string& what) {
    if (std::ranges::find(reservations, key) != reservations.end()) return;
    const std::lock_guard lock(pool->impl_->reserving);
    if (!pool->impl_->reserved.insert(key).second) throw changing(what);
    reservations.push_back(key);
  }

  Definitions applied(const Definitions& to) const {
    Definitions result = to;
    for (const auto& [name, made] : schemas) {
      if (made) {
        result.schemas.push_back(name);
      } else {
        std::erase_if(result.schemas, [&known = name](const std::string& schema) {
          return equal_ignoring_case(schema, known);
        });
      }
    }
    std::sort(result.schemas.begin() + 1, result.schemas.end(), CaseInsensitive());
    for (const auto& [key, table] : tables) {
      if (table) {
        result.tables[key] = table;
      } else {
        result.tables.erase(key);
      }
    }
    return result;
  }

  bool defines() const { return !tables.empty() || !schemas.empty(); }
};

Work::Work(ConnectionProvider connection, const Clock& clock)
    : connection_(std::move(connection)), clock_(clock) {}

Work::~Work() {
  if (!begun_) return;
  try {
    if (changed_ || std::uncaught_exceptions() > errors_at_begin_) {
      rollback();
    } else {
      commit();
    }
  } catch (const Error&) {  // the engine's connection is gone, and its transaction with it
    end();
  }
}

void Work::run(const std::string& sql, const CancelToken& cancel) {
  try {
    connection_().execute(sql, cancel);
  } catch (const Error& error) {
    throw as_conflict(error);
  }
}

Work::Joined& Work::joined(const PoolPtr& pool) {
  for (const auto& known : joined_)
    if (known->pool.get() == pool.get()) return *known;
  if (!begun_) {
    run("BEGIN TRANSACTION");
    begun_ = true;
    errors_at_begin_ = std::uncaught_exceptions();
  }
  auto joining = std::make_unique<Joined>();
  joining->pool = pool;
  const std::shared_lock lock(pool->impl_->defining);
  // The engine's own snapshot of a database begins with the first look at it.
  run("SELECT version FROM " + pool->impl_->alias + ".tarn.format LIMIT 0");
  joining->seen = pool->impl_->current;
  return *joined_.emplace_back(std::move(joining));
}

DefinitionsPtr Work::join(const PoolPtr& pool) {
  const Joined& known = joined(pool);
  if (!known.defines()) return known.seen;
  return std::make_shared<Definitions>(known.applied(*known.seen));
}

void Work::change(const PoolPtr& pool) {
  const Joined& known = joined(pool);
  if (changed_ && changed_ != known.pool.get()) {
    throw Error(Code::kUnsupported,
                "A transaction cannot change two SQL pools: '" + changed_->name() + "' and '" +
                    pool->name() + "'.",
                "Use a transaction for each.");
  }
  changed_ = known.pool.get();
}

void Work::put(Joined& known, const PoolTablePtr& before, PoolTable after) {
  const Key key{to_lower(after.schema), to_lower(after.name)};
  if (before) {
    const Key old{to_lower(before->schema), to_lower(before->name)};
    if (old != key) known.tables[old] = nullptr;
  }
  known.tables[key] = std::make_shared<PoolTable>(std::move(after));
}

void Work::create_schema(const PoolPtr& pool, std::string_view schema) {
  change(pool);
  Joined& known = joined(pool);
  const std::string name(schema);
  known.reserve("schema " + to_lower(name), "the schema " + name);
  if (join(pool)->has_schema(name) || pool->definitions()->has_schema(name))
    throw Error(Code::kAlreadyExists, "The schema exists already: '" + name + "'.");
  run("INSERT INTO " + pool->impl_->alias + ".tarn.schemas VALUES (" + engine::quote_text(name) +
      ", " + std::to_string(clock_.now()) + ")");
  known.schemas[name] = true;
}

void Work::drop_schema(const PoolPtr& pool, std::string_view schema) {
  change(pool);
  Joined& known = joined(pool);
  const std::string name(schema);
  known.reserve("schema " + to_lower(name), "the schema " + name);
  const DefinitionsPtr now = join(pool);
  if (!now->has_schema(name) || equal_ignoring_case(now->schemas.front(), name))
    throw Error(Code::kNotFound, "There is no schema '" + name + "' to drop.");
  const auto uses = [&](const Definitions& definitions) {
    return std::ranges::any_of(
        definitions.tables, [&](const auto& entry) { return entry.first.first == to_lower(name); });
  };
  if (uses(*now) || uses(*pool->definitions()))
    throw Error(Code::kAlreadyExists, "The schema has tables: '" + name + "'.");
  run("DELETE FROM " + pool->impl_->alias +
      ".tarn.schemas WHERE lower(name) = " + engine::quote_text(to_lower(name)));
  known.schemas[name] = false;
}

std::int64_t Work::create_table(const PoolPtr& pool, const TableDraft& draft,
                                const CancelToken& cancel) {
  change(pool);
  Joined& known = joined(pool);
  const std::string what = "the table " + draft.schema + "." + draft.name;
  known.reserve("name " + to_lower(draft.schema) + "." + to_lower(draft.name), what);
  const DefinitionsPtr now = join(pool);
  if (!now->has_schema(draft.schema))
    throw Error(Code::kNotFound, "There is no schema '" + draft.schema + "'.");
  if (now->find(draft.schema, draft.name) || pool->definitions()->find(draft.schema, draft.name))
    throw Error(Code::kAlreadyExists,
                "The table exists already: " + draft.schema + "." + draft.name + ".");
  if (now->tables.size() >= kTablesMax) {
    throw Error(Code::kTooLarge,
                "The SQL pool has too many tables: " + std::to_string(kTablesMax) + ".");
  }
  engine::Connection& connection = connection_();
  PoolTable table;
  table.schema = draft.schema;
  table.name = draft.name;
  table.metadata = draft.metadata;
  table.created = table.modified = clock_.now();
  table.id = std::stoll(
      *connection
           .rows("SELECT nextval(" + engine::quote_text(pool->impl_->alias + ".tarn.ids") + ")")
           .at(0)
           .at(0));
  table = pool->impl_->with_names(std::move(table));
  run("CREATE TABLE " + table.engine_name + " " + draft.engine_columns);
  if (draft.identity) run(restart_sql(table, draft.identity->seed, draft.identity->increment));
  std::int64_t rows = 0;
  if (!draft.first_rows.empty())
    rows = connection.execute("INSERT INTO " + table.engine_name + " " + draft.first_rows, cancel);
  run("INSERT INTO " + pool->impl_->alias + ".tarn.tables VALUES (" + std::to_string(table.id) +
      ", " + engine::quote_text(table.schema) + ", " + engine::quote_text(table.name) + ", " +
      std::to_string(table.created) + ", " + std::to_string(table.modified) + ", " +
      engine::quote_text(text_of(table.metadata)) + ")");
  put(known, nullptr, std::move(table));
  return rows;
}

void Work::change_table(const PoolPtr& pool, const PoolTablePtr& table,
                        const lake::delta::Metadata& then,
                        const std::vector<std::string>& statements, const CancelToken& cancel) {
  change(pool);
  Joined& known = joined(pool);
  known.reserve("table " + std::to_string(table->id), "the table " + table->name);
  if (const auto current = pool->definitions()->find(table->schema, table->name);
      current != known.seen->find(table->schema, table->name))
    throw changing("the table " + table->name);
  for (const std::string& statement : statements) run(statement, cancel);
  PoolTable after = *table;
  after.metadata = then;
  after.modified = clock_.now();
  run("UPDATE " + pool->impl_->alias + ".tarn.tables SET metadata = " +
      engine::quote_text(text_of(then)) + ", modified = " + std::to_string(after.modified) +
      " WHERE id = " + std::to_string(table->id));
  put(known, table, std::move(after));
}

void Work::rename_table(const PoolPtr& pool, const PoolTablePtr& table, std::string_view schema,
                        std::string_view name) {
  change(pool);
  Joined& known = joined(pool);
  known.reserve("table " + std::to_string(table->id), "the table " + table->name);
  known.reserve("name " + to_lower(schema) + "." + to_lower(name),
                "the table " + std::string(name));
  if (const auto current = pool->definitions()->find(table->schema, table->name);
      current != known.seen->find(table->schema, table->name))
    throw changing("the table " + table->name);
  const DefinitionsPtr now = join(pool);
  if (!now->has_schema(schema))
    throw Error(Code::kNotFound, "There is no schema '" + std::string(schema) + "'.");
  const auto taken = now->find(schema, name);
  if ((taken && taken->id != table->id) || (!taken && pool->definitions()->find(schema, name)))
    throw Error(Code::kAlreadyExists,
                "The table exists already: " + std::string(schema) + "." + std::string(name) + ".");
  PoolTable after = *table;
  after.schema = std::string(schema);
  after.name = std::string(name);
  after.modified = clock_.now();
  run("UPDATE " + pool->impl_->alias + ".tarn.tables SET schema_name = " +
      engine::quote_text(after.schema) + ", name = " + engine::quote_text(after.name) +
      ", modified = " + std::to_string(after.modified) +
      " WHERE id = " + std::to_string(table->id));
  put(known, table, std::move(after));
}

void Work::drop_table(const PoolPtr& pool, const PoolTablePtr& table) {
  change(pool);
  Joined& known = joined(pool);
  known.reserve("table " + std::to_string(table->id), "the table " + table->name);
  if (const auto current = pool->definitions()->find(table->schema, table->name);
      current != known.seen->find(table->schema, table->name))
    throw changing("the table " + table->name);
  run("DELETE FROM " + pool->impl_->alias + ".tarn.tables WHERE id = " + std::to_string(table->id));
  run("DROP TABLE " + table->engine_name);
  run("DROP SEQUENCE IF EXISTS " + table->sequence_name);
  known.tables[{to_lower(table->schema), to_lower(table->name)}] = nullptr;
}

void Work::end() {
  begun_ = false;
  changed_ = nullptr;
  joined_.clear();
}

void Work::commit() {
  if (!begun_) return;
  Joined* defining = nullptr;
  for (const auto& known : joined_)
    if (known->defines()) defining = known.get();
  try {
    if (changed_) fail_point("pools.before_commit");
    if (defining) {
      Pool::Impl& pool = *defining->pool->impl_;
      const std::unique_lock lock(pool.defining);
      run("COMMIT");
      pool.current = std::make_shared<Definitions>(defining->applied(*pool.current));
    } else {
      run("COMMIT");
    }
    if (changed_) fail_point("pools.after_commit");
  } catch (const Error&) {
    // The engine has rolled back already, as a rule.
    try {
      connection_().execute("ROLLBACK");
    } catch (const Error&) {
    }
    end();
    throw;
  }
  end();
}

void Work::rollback() {
  if (!begun_) return;
  try {
    connection_().execute("ROLLBACK");
  } catch (...) {
    end();
    throw;
  }
  end();
}

bool is_conflict(const Error& error) {
  const std::string& message = error.message();
  return message.starts_with("TransactionContext Error") &&
         (message.find("onflict") != std::string::npos ||
          message.find("altered") != std::string::npos);
}

Error as_conflict(const Error& error) {
  return is_conflict(error) ? Error(Code::kConflict, error.message()) : error;
}

std::string sequence_sql(const std::string& name, const std::string& next,
                         const std::string& increment) {
  return "CREATE OR REPLACE SEQUENCE " + name + " INCREMENT BY " + increment +
         " MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807 START WITH " + next;
}

std::string restart_sql(const PoolTable& table, std::int64_t next, std::int64_t increment) {
  return sequence_sql(table.sequence_name, std::to_string(next), std::to_string(increment));
}

std::string last_value_sql(std::string_view pool, const PoolTable& table) {
  return "SELECT last_value FROM duckdb_sequences() WHERE lower(database_name) = " +
         engine::quote_text("pool:" + to_lower(pool)) +
         " AND sequence_name = " + engine::quote_text("s" + std::to_string(table.id));
}

}  // namespace tarn::pools
