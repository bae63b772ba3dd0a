// tarn table load, optimize, vacuum, properties, set, unset.

#include "base/error.h"
#include "detail/commands.h"

namespace tarn::cli {
namespace {

int print_properties(Context& context, const Json& answer) {
  Json list = Json::array();
  for (const auto& [name, value] : answer["properties"].items())
    list.push_back({{"name", name}, {"value", value}});
  print_list(context.format, list, {{"name"}, {"value"}});
  return 0;
}

Json change(Context& context, const std::string& table, Json set, Json unset) {
  return context.gateway(Access::kWrite)
      .json("PATCH", target("/tables/", table, "/properties"),
            Json{{"set", std::move(set)}, {"unset", std::move(unset)}});
}

}  // namespace

int table_load(Context& context, const TableLoad& options) {
  const Json answer = context.gateway(Access::kWrite)
                          .json("POST", target("/tables/", options.table, "/load"),
                                Json{{"source", options.source},
                                     {"format", options.format},
                                     {"mode", options.mode},
                                     {"partition_by", options.partition_by},
                                     {"merge_schema", options.merge_schema},
                                     {"overwrite_schema", options.overwrite_schema}});
  print_record(context.format, answer);
  return 0;
}

int table_optimize(Context& context, const TableOptimize& options) {
  Json body = Json::object();
  if (options.target_file_bytes) body["target_file_bytes"] = *options.target_file_bytes;
  print_record(context.format,
               context.gateway(Access::kWrite)
                   .json("POST", target("/tables/", options.table, "/optimize"), body));
  return 0;
}

int table_vacuum(Context& context, const TableVacuum& options) {
  Json body{{"dry_run", options.dry_run}, {"force", options.force}};
  if (options.retention_hours) body["retention_hours"] = *options.retention_hours;
  Json answer = context.gateway(Access::kWrite)
                    .json("POST", target("/tables/", options.table, "/vacuum"), body);
  if (context.format != Format::kTable) {
    print_record(context.format, answer);
    return 0;
  }
  for (const Json& file : answer["files"])
    std::printf("%s\n", file.get_ref<const std::string&>().c_str());
  std::printf("%s %lld file(s), %s, and %lld empty folder(s)\n",
              options.dry_run ? "Would delete" : "Deleted",
              static_cast<long long>(answer.value("file_count", 0LL)),
              human_bytes(answer.value("bytes", 0.0)).c_str(),
              static_cast<long long>(answer.value("folder_count", 0LL)));
  return 0;
}

int table_properties(Context& context, const std::string& name) {
  return print_properties(
      context,
      context.gateway(Access::kRead).json({.target = target("/tables/", name, "/properties")}));
}

int table_set(Context& context, const TableSet& options) {
  Json set = Json::object();
  for (const std::string& property : options.properties) {
    const std::size_t equals = property.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(Code::kInvalidArgument,
                  "A property is set as name=value, not '" + property + "'.");
    }
    set[property.substr(0, equals)] = property.substr(equals + 1);
  }
  return print_properties(context, change(context, options.table, std::move(set), Json::array()));
}

int table_unset(Context& context, const TableUnset& options) {
  return print_properties(context,
                          change(context, options.table, Json::object(), Json(options.properties)));
}

}  // namespace tarn::cli
