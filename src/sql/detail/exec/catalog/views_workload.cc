// Workload management of a dedicated SQL pool, and what waits in it. In other databases there is
// none, and the views have no rows.

#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/workload/workload_store.h"

namespace tarn::sql {
namespace {

std::optional<pools::PoolInfo> pool_of(const CatalogReader& reader) {
  const pools::Pools* pools = reader.session().services.pools;
  return pools ? pools->find(reader.database) : std::nullopt;
}

std::shared_ptr<const PoolWorkload> workload_of(const CatalogReader& reader,
                                                const pools::PoolInfo& pool) {
  return reader.session().services.workload->of(reader.session(), pool);
}

Cell name_cell(Importance importance) { return std::string(name_of(importance)); }

void group_rows(const CatalogReader& reader, ViewRows& rows) {
  const auto pool = pool_of(reader);
  if (!pool) return;
  for (const WorkloadGroup& group : workload_of(reader, *pool)->groups) {
    rows.add({{"group_id", number_cell(group.id)},
              {"name", group.name},
              {"importance", name_cell(group.importance)},
              {"min_percentage_resource", number_cell(group.min_percentage)},
              {"cap_percentage_resource", number_cell(group.cap_percentage)},
              {"request_min_resource_grant_percent", percent_text(group.request_min)},
              {"request_max_resource_grant_percent", percent_text(group.request_max)},
              {"query_execution_timeout_sec", number_cell(group.timeout_s)},
              {"create_time", moment_cell(group.created)},
              {"modify_time", moment_cell(group.modified)}});
  }
}

void classifier_rows(const CatalogReader& reader, ViewRows& rows) {
  const auto pool = pool_of(reader);
  if (!pool) return;
  const auto workload = workload_of(reader, *pool);
  for (const WorkloadClassifier& classifier : workload->classifiers) {
    const WorkloadGroup* group = workload->group(classifier.group);
    const Importance inherited = group ? group->importance : Importance::kNormal;
    rows.add({{"classifier_id", number_cell(classifier.id)},
              {"group_name", classifier.group},
              {"name", classifier.name},
              {"importance", name_cell(classifier.importance.value_or(inherited))},
              {"create_time", moment_cell(classifier.created)},
              {"modify_time", moment_cell(classifier.modified)}});
  }
}

void classifier_detail_rows(const CatalogReader& reader, ViewRows& rows) {
  const auto pool = pool_of(reader);
  if (!pool) return;
  const auto workload = workload_of(reader, *pool);
  for (const WorkloadClassifier& classifier : workload->classifiers) {
    const auto add = [&](const char* type, const std::string& value) {
      rows.add({{"classifier_id", number_cell(classifier.id)},
                {"classifier_type", type},
                {"classifier_value", value}});
    };
    add("membername", classifier.member);
    if (!classifier.label.empty()) add("wlm_label", classifier.label);
    if (!classifier.context.empty()) add("wlm_context", classifier.context);
    if (classifier.start_minute) add("start_time", minute_text(*classifier.start_minute));
    if (classifier.end_minute) add("end_time", minute_text(*classifier.end_minute));
  }
}

void statistics_rows(const CatalogReader& reader, ViewRows& rows) {
  const auto pool = pool_of(reader);
  if (!pool) return;
  const auto workload = workload_of(reader, *pool);
  for (const WorkloadGroup& group : workload->groups) {
    const GroupCounts counts = reader.session().services.admission->counts(pool->name, group.name);
    const EffectiveShares shares = effective_shares(group, *workload, pool->performance_level);
    rows.add({{"group_id", number_cell(group.id)},
              {"name", group.name},
              {"statistics_start_time", moment_cell(counts.since ? counts.since : group.created)},
              {"total_request_count", number_cell(counts.completed)},
              {"total_shared_resource_requests", number_cell(counts.completed)},
              {"total_queued_request_count", number_cell(counts.queued)},
              {"total_request_execution_timeouts", number_cell(counts.timed_out)},
              {"effective_min_percentage_resource", number_cell(shares.min_percentage)},
              {"effective_cap_percentage_resource", number_cell(shares.cap_percentage)},
              {"effective_request_min_resource_grant_percent", percent_text(shares.request_min)},
              {"effective_request_max_resource_grant_percent", percent_text(shares.request_max)}});
  }
}

/// Requests that wait for a place among those that run.
template <typename More>
void each_wait(const CatalogReader& reader, ViewRows& rows, const More& more) {
  for (const RequestInfo& request : reader.session().services.admission->requests()) {
    if (!request.waiting || request.for_client) continue;
    rows.add({{"wait_id", number_cell(request.number)},
              {"session_id", "SID" + std::to_string(request.session_id)},
              {"request_id", "QID" + std::to_string(request.number)},
              {"object_name", request.reason},
              {"request_time", moment_cell(request.started)},
              {"priority", number_cell(static_cast<int>(request.workload.importance))}});
    more(request);
  }
}

void wait_rows(const CatalogReader& reader, ViewRows& rows) {
  each_wait(reader, rows, [](const RequestInfo&) {});
}

void resource_wait_rows(const CatalogReader& reader, ViewRows& rows) {
  each_wait(reader, rows, [&rows](const RequestInfo& request) {
    const std::string& group = request.workload.group;
    rows.set("resource_class", group.empty() ? Cell() : Cell(group));
  });
}

constexpr std::string_view kWaitColumns =
    "wait_id bigint NOT NULL, session_id nvarchar(32) NOT NULL, type nvarchar(255) NOT NULL "
    "DEFAULT 'UserConcurrencyResourceType', object_type nvarchar(255) DEFAULT 'System', "
    "object_name nvarchar(386), request_id nvarchar(32) NOT NULL, request_time datetime NOT NULL, "
    "acquire_time datetime, state nvarchar(50) NOT NULL DEFAULT 'Queued', priority int NOT NULL";

}  // namespace

std::span<const SystemView> workload_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.workload_management_workload_groups",
       "group_id int NOT NULL, name sysname NOT NULL, importance nvarchar(128) NOT NULL, "
       "min_percentage_resource tinyint NOT NULL, cap_percentage_resource tinyint NOT NULL, "
       "request_min_resource_grant_percent decimal(5,2), request_max_resource_grant_percent "
       "decimal(5,2), query_execution_timeout_sec int, query_wait_timeout_sec int DEFAULT 0, "
       "create_time datetime NOT NULL, modify_time datetime NOT NULL",
       group_rows},
      {"sys.workload_management_workload_classifiers",
       "classifier_id int NOT NULL, group_name sysname NOT NULL, name sysname NOT NULL, importance "
       "sysname, create_time datetime NOT NULL, modify_time datetime NOT NULL, is_enabled bit NOT "
       "NULL DEFAULT 1",
       classifier_rows},
      {"sys.workload_management_workload_classifier_details",
       "classifier_id int NOT NULL, classifier_type nvarchar(255), classifier_value nvarchar(255)",
       classifier_detail_rows},
      {"sys.dm_workload_management_workload_groups_stats",
       "group_id int NOT NULL, name sysname NOT NULL, statistics_start_time datetime, "
       "total_request_count bigint, total_shared_resource_requests bigint, "
       "total_queued_request_count bigint, total_request_execution_timeouts bigint, "
       "effective_min_percentage_resource tinyint, effective_cap_percentage_resource tinyint, "
       "effective_request_min_resource_grant_percent decimal(5,2), "
       "effective_request_max_resource_grant_percent decimal(5,2)",
       statistics_rows},
      {"sys.dm_pdw_waits", std::string(kWaitColumns), wait_rows},
      {"sys.dm_pdw_resource_waits",
       std::string(kWaitColumns) + ", concurrency_slots_used int DEFAULT 1, resource_class "
                                   "nvarchar(20)",
       resource_wait_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
