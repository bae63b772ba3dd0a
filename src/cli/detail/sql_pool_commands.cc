#include <cstdio>

#include "detail/commands.h"

namespace tarn::cli {
namespace {

/// A pool as a table shows it: without what lies inside of something else.
Json flat(const Json& pool) {
  Json row = pool;
  row["performance_level"] = pool.at("sku").at("name");
  row.erase("sku");
  return row;
}

Json of_level(const std::string& performance_level) {
  Json body = Json::object();
  if (!performance_level.empty()) body["sku"] = {{"name", performance_level}};
  return body;
}

/// What was done goes to the people's side, the pool to a program's.
int tell(Context& context, const char* done, const Json& pool) {
  std::fprintf(stderr, "%s %s (%s)\n", done, pool.value("name", "").c_str(),
               pool.at("sku").value("name", "").c_str());
  if (context.format == Format::kJson) print_record(context.format, pool);
  return 0;
}

}  // namespace

int sql_pool_list(Context& context) {
  const Json listing = context.gateway(Access::kRead).json({.target = "/sql-pools"});
  if (context.format == Format::kJson) {
    print_list(context.format, listing.at("sqlPools"), {});
    return 0;
  }
  Json rows = Json::array();
  for (const Json& pool : listing.at("sqlPools")) rows.push_back(flat(pool));
  print_list(context.format, rows,
             {{"name"},
              {"status"},
              {"performance_level"},
              {"creationDate"},
              {"sizeBytes", true},
              {"server"}});
  return 0;
}

int sql_pool_show(Context& context, const std::string& name) {
  const Json pool = context.gateway(Access::kRead).json({.target = target("/sql-pools/", name)});
  print_record(context.format, context.format == Format::kJson ? pool : flat(pool));
  return 0;
}

int sql_pool_create(Context& context, const SqlPoolCreate& options) {
  Json body = of_level(options.performance_level);
  if (!options.collation.empty()) body["collation"] = options.collation;
  return tell(
      context, "created",
      context.gateway(Access::kWrite).json("PUT", target("/sql-pools/", options.name), body));
}

int sql_pool_update(Context& context, const SqlPoolUpdate& options) {
  return tell(
      context, "updated",
      context.gateway(Access::kWrite)
          .json("PATCH", target("/sql-pools/", options.name), of_level(options.performance_level)));
}

int sql_pool_pause(Context& context, const std::string& name) {
  return tell(context, "paused",
              context.gateway(Access::kWrite)
                  .json({.method = "POST", .target = target("/sql-pools/", name, "/pause")}));
}

int sql_pool_resume(Context& context, const std::string& name) {
  return tell(context, "resumed",
              context.gateway(Access::kWrite)
                  .json({.method = "POST", .target = target("/sql-pools/", name, "/resume")}));
}

int sql_pool_delete(Context& context, const std::string& name) {
  context.gateway(Access::kWrite).text({.method = "DELETE", .target = target("/sql-pools/", name)});
  std::fprintf(stderr, "deleted %s\n", name.c_str());
  return 0;
}

}  // namespace tarn::cli
