#include "detail/commands.h"

namespace tarn::cli {

int table_list(Context& context, const TableList& options) {
  const std::string first =
      "/tables" +
      query({{"database", options.database}, {"schema", options.schema}, {"limit", "5000"}});
  print_list(context.format, all_pages(context.gateway(Access::kRead), first, "tables"),
             {{"name"}, {"path"}});
  return 0;
}

int table_show(Context& context, const std::string& name) {
  Json table = context.gateway(Access::kRead).json({.target = target("/tables/", name)});
  if (context.format != Format::kTable) {
    print_record(context.format, table);
    return 0;
  }
  const Json columns = table["columns"];
  table.erase("columns");
  table["size_bytes"] = human_bytes(table.value("size_bytes", 0.0));
  print_record(context.format, table);
  std::printf("\n");
  print_list(context.format, columns, {{"name"}, {"type"}, {"nullable"}});
  return 0;
}

int table_history(Context& context, const std::string& name) {
  const Json history =
      context.gateway(Access::kRead).json({.target = target("/tables/", name, "/history")});
  print_list(context.format, history["versions"],
             {{"version", true}, {"time"}, {"operation"}, {"user"}, {"engine"}, {"parameters"}});
  return 0;
}

int experiment_list(Context& context) {
  print_list(context.format,
             all_pages(context.gateway(Access::kRead), "/experiments?limit=1000", "experiments"),
             {{"id"}, {"name"}, {"created"}});
  return 0;
}

int experiment_show(Context& context, const std::string& name) {
  Gateway& gateway = context.gateway(Access::kRead);
  Json experiment = gateway.json({.target = target("/experiments/", name)});
  const Json runs = all_pages(
      gateway, "/runs" + query({{"experiment", experiment.value("id", "")}, {"limit", "1000"}}),
      "runs");
  if (context.format == Format::kJson) {
    experiment["runs"] = runs;
    print_record(context.format, experiment);
    return 0;
  }
  if (context.format == Format::kTable) {
    print_record(context.format, experiment);
    std::printf("\n");
  }
  print_list(context.format, runs,
             {{"id"}, {"name"}, {"parent_id"}, {"status"}, {"started"}, {"ended"}, {"metrics"}});
  return 0;
}

}  // namespace tarn::cli
