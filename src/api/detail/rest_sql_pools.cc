// Dedicated SQL pools: made, shown, scaled, paused, resumed and deleted. Names of fields are those
// of Microsoft.Synapse/workspaces/sqlPools.

#include "api/gate.h"
#include "base/error.h"
#include "detail/rest_routes.h"
#include "identity/actions.h"
#include "pools/pools.h"
#include "sql/session.h"

namespace tarn::api {
namespace {

struct PoolSku {
  std::string name;

  static void describe(router::FieldList<PoolSku>& f) {
    f.type("SqlPoolSku", "The performance level of a SQL pool.");
    f.required("name", &PoolSku::name, "DW100c to DW30000c: kept and shown, not acted on.");
  }
};
struct PoolEntry {
  std::string name;
  std::string status;
  PoolSku sku;
  std::string collation;
  std::string creation_date;
  std::string created_by;
  std::int64_t size_bytes = 0;
  std::optional<std::string> server;

  static void describe(router::FieldList<PoolEntry>& f) {
    f.type("SqlPool", "A dedicated SQL pool.");
    f.required("name", &PoolEntry::name, "Its name: a database's.");
    f.required("status", &PoolEntry::status, "Whether it may be connected to.",
               {"Online", "Paused"});
    f.required("sku", &PoolEntry::sku, "Its performance level.");
    f.required("collation", &PoolEntry::collation, "Of its texts.");
    f.required("creationDate", &PoolEntry::creation_date, "UTC.");
    f.required("createdBy", &PoolEntry::created_by, "Who made it.");
    f.required("sizeBytes", &PoolEntry::size_bytes, "Of its file; 0 where that is not here.");
    f.optional("server", &PoolEntry::server,
               "Whose it is, where several servers have the store: each pool is one server's.");
  }
};
struct PoolListing {
  std::vector<PoolEntry> pools;

  static void describe(router::FieldList<PoolListing>& f) {
    f.type("SqlPoolListing", "The dedicated SQL pools.");
    f.required("sqlPools", &PoolListing::pools, "By name.");
  }
};
struct PoolCreation {
  std::optional<PoolSku> sku;
  std::optional<std::string> collation;

  static void describe(router::FieldList<PoolCreation>& f) {
    f.type("SqlPoolCreation", "A dedicated SQL pool to make.");
    f.optional("sku", &PoolCreation::sku, "Its performance level (DW100c).");
    f.optional("collation", &PoolCreation::collation,
               "Of its texts (Latin1_General_100_CI_AS_SC_UTF8).");
  }
};
struct PoolUpdate {
  PoolSku sku;

  static void describe(router::FieldList<PoolUpdate>& f) {
    f.type("SqlPoolUpdate", "What changes of a dedicated SQL pool.");
    f.required("sku", &PoolUpdate::sku, "Its new performance level.");
  }
};

using pools::PoolInfo;
using router::Request;
using router::Response;
namespace actions = identity::actions;

PoolEntry entry_of(const Workspace& workspace, const PoolInfo& pool) {
  PoolEntry entry{.name = pool.name,
                  .status = std::string(name_of(pool.state)),
                  .sku = {pool.performance_level},
                  .collation = pool.collation,
                  .creation_date = time_text(pool.created),
                  .created_by = pool.created_by,
                  .size_bytes = static_cast<std::int64_t>(workspace.pools.size_bytes(pool.name)),
                  .server = {}};
  if (!pool.server_id.empty()) entry.server = pool.server_id;
  return entry;
}

Response answer(const Workspace& workspace, const PoolInfo& pool, int status = 200) {
  return router::json_response(entry_of(workspace, pool), status);
}

const std::string& name_in(const Request& request) {
  return request.path_parameters.require("name");
}

Response list(const Workspace& workspace) {
  PoolListing listing;
  for (const PoolInfo& pool : workspace.pools.list())
    listing.pools.push_back(entry_of(workspace, pool));
  return router::json_response(listing);
}

Response show(const Workspace& workspace, const Request& request) {
  return answer(workspace, workspace.pools.require(name_in(request)));
}

Response create(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<PoolCreation>(request);
  std::string collation;
  if (wanted.collation) {
    const auto known = sql::known_collation(*wanted.collation);
    if (!known) {
      throw Error(Code::kInvalidArgument, "Invalid collation '" + *wanted.collation + "'.",
                  "Leave it out for " + std::string(pools::kCollationDefault) + ".");
    }
    collation = *known;
  }
  const std::string level = wanted.sku ? wanted.sku->name : std::string();
  return answer(workspace,
                workspace.pools.create(name_in(request), level, collation, request.caller.name),
                201);
}

Response update(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<PoolUpdate>(request);
  return answer(workspace, workspace.pools.scale(name_in(request), wanted.sku.name));
}

Response remove(const Workspace& workspace, const Request& request) {
  workspace.pools.drop(name_in(request));
  return Response::no_content();
}

}  // namespace

std::vector<router::Route> sql_pool_routes(const Workspace& w) {
  const std::string kScope = "database:{name}";
  return {
      {.method = "GET",
       .pattern = "/sql-pools",
       .action = std::string(actions::kSqlPoolsRead),
       .summary = "Dedicated SQL pools",
       .handler = [&w](Request&) { return list(w); },
       .response = router::json_body<PoolListing>()},
      {.method = "GET",
       .pattern = "/sql-pools/{name}",
       .action = std::string(actions::kSqlPoolsRead),
       .summary = "A dedicated SQL pool",
       .handler = [&w](Request& r) { return show(w, r); },
       .response = router::json_body<PoolEntry>(),
       .scope = kScope},
      {.method = "PUT",
       .pattern = "/sql-pools/{name}",
       .action = std::string(actions::kSqlPoolsWrite),
       .summary = "Make a dedicated SQL pool; it is online at once",
       .handler = [&w](Request& r) { return create(w, r); },
       .request = router::json_body<PoolCreation>(),
       .response = router::json_body<PoolEntry>(),
       .response_status = 201,
       .scope = kScope},
      {.method = "PATCH",
       .pattern = "/sql-pools/{name}",
       .action = std::string(actions::kSqlPoolsWrite),
       .summary = "Give a dedicated SQL pool another performance level",
       .handler = [&w](Request& r) { return update(w, r); },
       .request = router::json_body<PoolUpdate>(),
       .response = router::json_body<PoolEntry>(),
       .scope = kScope},
      {.method = "DELETE",
       .pattern = "/sql-pools/{name}",
       .action = std::string(actions::kSqlPoolsDelete),
       .summary = "Delete a dedicated SQL pool with all that is in it",
       .handler = [&w](Request& r) { return remove(w, r); },
       .response_status = 204,
       .scope = kScope},
      {.method = "POST",
       .pattern = "/sql-pools/{name}/pause",
       .action = std::string(actions::kSqlPoolsPause),
       .summary = "Pause a dedicated SQL pool: nobody connects to it",
       .handler = [&w](Request& r) { return answer(w, w.pools.pause(name_in(r))); },
       .response = router::json_body<PoolEntry>(),
       .scope = kScope},
      {.method = "POST",
       .pattern = "/sql-pools/{name}/resume",
       .action = std::string(actions::kSqlPoolsResume),
       .summary = "Resume a paused dedicated SQL pool",
       .handler = [&w](Request& r) { return answer(w, w.pools.resume(name_in(r))); },
       .response = router::json_body<PoolEntry>(),
       .scope = kScope},
  };
}

}  // namespace tarn::api
