#include "detail/exec/workload/workload_store.h"

#include <algorithm>

#include "base/text.h"
#include "detail/exec/failure.h"
#include "meta/store.h"

namespace tarn::sql {
namespace {

constexpr std::string_view kGroup = "workload group";
constexpr std::string_view kClassifier = "workload classifier";

/// The rows of a pool are found by these two.
struct PoolKey {
  std::string workspace_id;
  std::string pool;
};
PoolKey pool_key_of(const SessionState& session, const pools::PoolInfo& pool) {
  return {session.services.workspace_id, to_lower(pool.name)};
}

std::optional<int> minute_cell(const meta::Row& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(static_cast<int>(row.int64(column)));
}
std::optional<std::int64_t> wide(const std::optional<int>& value) {
  return value ? std::optional<std::int64_t>(*value) : std::nullopt;
}

void read_groups(meta::Transaction& tx, const PoolKey& key, PoolWorkload& into) {
  for (const meta::Row& row :
       tx.query("SELECT group_id, name, importance, min_percentage, cap_percentage, request_min, "
                "request_max, timeout_s, created_at, modified_at FROM sql_workload_groups WHERE "
                "workspace_id = $1 AND pool_key = $2 ORDER BY group_id",
                key.workspace_id, key.pool)) {
    into.groups.push_back({.id = static_cast<int>(row.int64(0)),
                           .name = row.text(1),
                           .importance = importance_of(row.text(2)).value_or(Importance::kNormal),
                           .min_percentage = static_cast<int>(row.int64(3)),
                           .cap_percentage = static_cast<int>(row.int64(4)),
                           .request_min = static_cast<Hundredths>(row.int64(5)),
                           .request_max = static_cast<Hundredths>(row.int64(6)),
                           .timeout_s = row.int64(7),
                           .created = row.int64(8),
                           .modified = row.int64(9)});
  }
}

void read_classifiers(meta::Transaction& tx, const PoolKey& key, PoolWorkload& into) {
  for (const meta::Row& row : tx.query(
           "SELECT classifier_id, name, group_name, member, importance, label, context, "
           "start_minute, end_minute, created_at FROM sql_workload_classifiers WHERE workspace_id "
           "= $1 AND pool_key = $2 ORDER BY classifier_id",
           key.workspace_id, key.pool)) {
    into.classifiers.push_back({.id = static_cast<int>(row.int64(0)),
                                .name = row.text(1),
                                .group = row.text(2),
                                .member = row.text(3),
                                .importance = importance_of(row.text_or_empty(4)),
                                .label = row.text(5),
                                .context = row.text(6),
                                .start_minute = minute_cell(row, 7),
                                .end_minute = minute_cell(row, 8),
                                .created = row.int64(9),
                                .modified = row.int64(9)});
  }
}

PoolWorkload read_all(meta::Transaction& tx, const PoolKey& key, const pools::PoolInfo& pool) {
  PoolWorkload all = system_workload(pool.performance_level, pool.created);
  read_groups(tx, key, all);
  read_classifiers(tx, key, all);
  return all;
}

/// The ids of what is gone are not taken again while something later is there.
template <typename Item>
int next_id(const std::vector<Item>& items) {
  return items.back().id + 1;
}

Error workload_exists(std::string_view kind, const std::string& name) {
  return failure_of(
      Code::kAlreadyExists, 10918, 16, 1,
      "Cannot create " + std::string(kind) + " '" + name + "' because it already exists.");
}

Error workload_missing(std::string_view verb, std::string_view kind, std::string_view name,
                       std::vector<std::string> names) {
  return failure_of(Code::kNotFound, 15151, 16, 1,
                    "Cannot " + std::string(verb) + " the " + std::string(kind) + " '" +
                        std::string(name) +
                        "', because it does not exist or you do not have permission.",
                    {}, did_you_mean(name, names));
}

template <typename Item>
std::vector<std::string> workload_names(const std::vector<Item>& items) {
  std::vector<std::string> names;
  for (const Item& item : items) names.push_back(item.name);
  return names;
}

const WorkloadGroup& require_group(const PoolWorkload& all, std::string_view verb,
                                   std::string_view name) {
  const WorkloadGroup* group = all.group(name);
  if (!group) throw workload_missing(verb, kGroup, name, workload_names(all.groups));
  return *group;
}

void check_room(std::size_t there, std::size_t max, std::string_view kind) {
  if (there < max) return;
  throw failure_of(Code::kResourceExhausted, 10909, 16, 1,
                   "The " + std::string(kind) + " cannot be created. The maximum number of " +
                       std::string(kind) + "s cannot exceed current limit of " +
                       std::to_string(max) + " including predefined " + std::string(kind) + "s.");
}

}  // namespace

std::shared_ptr<WorkloadSettings> make_workload_settings() {
  return std::make_shared<WorkloadSettings>();
}

std::shared_ptr<const PoolWorkload> WorkloadSettings::of(const SessionState& session,
                                                         const pools::PoolInfo& pool) {
  const std::lock_guard lock(mutex_);
  Kept& kept = kept_[pool.name];
  if (!kept.workload || kept.pool_created != pool.created ||
      kept.performance_level != pool.performance_level) {
    const PoolKey key = pool_key_of(session, pool);
    kept.workload = std::make_shared<const PoolWorkload>(session.services.store->read(
        [&](meta::Transaction& tx) { return read_all(tx, key, pool); }));
    kept.pool_created = pool.created;
    kept.performance_level = pool.performance_level;
  }
  return kept.workload;
}

void WorkloadSettings::forget(const pools::PoolInfo& pool) {
  const std::lock_guard lock(mutex_);
  kept_.erase(pool.name);
}

void WorkloadSettings::create(const SessionState& session, const pools::PoolInfo& pool,
                              WorkloadGroup group) {
  const PoolKey key = pool_key_of(session, pool);
  group.created = group.modified = session.services.clock->now();
  session.services.store->write([&](meta::Transaction& tx) {
    const PoolWorkload all = read_all(tx, key, pool);
    if (all.group(group.name)) throw workload_exists(kGroup, group.name);
    check_room(all.groups.size(), kSystemGroupsCount + kUserGroupsMax, kGroup);
    check_group(group, all);
    tx.execute(
        "INSERT INTO sql_workload_groups (workspace_id, pool_key, group_key, group_id, name, "
        "importance, min_percentage, cap_percentage, request_min, request_max, timeout_s, "
        "created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        key.workspace_id, key.pool, to_lower(group.name), next_id(all.groups), group.name,
        name_of(group.importance), group.min_percentage, group.cap_percentage, group.request_min,
        group.request_max, group.timeout_s, group.created, group.modified);
  });
  forget(pool);
}

void WorkloadSettings::alter(const SessionState& session, const pools::PoolInfo& pool,
                             std::string_view name,
                             const std::function<void(WorkloadGroup& group)>& change) {
  const PoolKey key = pool_key_of(session, pool);
  const Micros now = session.services.clock->now();
  session.services.store->write([&](meta::Transaction& tx) {
    const PoolWorkload all = read_all(tx, key, pool);
    WorkloadGroup group = require_group(all, "alter", name);
    if (group.by_system()) {
      throw failure(10915, "The operation could not be completed. Altering '" + group.name +
                               "' workload group is not allowed.");
    }
    change(group);
    check_group(group, all);
    tx.execute(
        "UPDATE sql_workload_groups SET importance = $4, min_percentage = $5, cap_percentage = "
        "$6, request_min = $7, request_max = $8, timeout_s = $9, modified_at = $10 WHERE "
        "workspace_id = $1 AND pool_key = $2 AND group_key = $3",
        key.workspace_id, key.pool, to_lower(name), name_of(group.importance), group.min_percentage,
        group.cap_percentage, group.request_min, group.request_max, group.timeout_s, now);
  });
  forget(pool);
}

void WorkloadSettings::drop_group(const SessionState& session, const pools::PoolInfo& pool,
                                  std::string_view name) {
  const PoolKey key = pool_key_of(session, pool);
  session.services.store->write([&](meta::Transaction& tx) {
    const PoolWorkload all = read_all(tx, key, pool);
    const WorkloadGroup& group = require_group(all, "drop", name);
    if (group.by_system()) {
      throw failure(10912,
                    "The operation could not be completed. Dropping predefined workload group is "
                    "not allowed.");
    }
    for (const WorkloadClassifier& user : all.classifiers) {
      if (!equal_ignoring_case(user.group, group.name)) continue;
      throw failure_of(Code::kConflict, 10916, 16, 1,
                       "Cannot drop workload group '" + group.name +
                           "' because it is used by workload classifier '" + user.name +
                           "'. Drop all workload classifiers of this workload group before "
                           "dropping it.");
    }
    tx.execute(
        "DELETE FROM sql_workload_groups WHERE workspace_id = $1 AND pool_key = $2 AND group_key "
        "= $3",
        key.workspace_id, key.pool, to_lower(name));
  });
  forget(pool);
}

void WorkloadSettings::create(const SessionState& session, const pools::PoolInfo& pool,
                              WorkloadClassifier classifier) {
  const PoolKey key = pool_key_of(session, pool);
  const Micros now = session.services.clock->now();
  session.services.store->write([&](meta::Transaction& tx) {
    const PoolWorkload all = read_all(tx, key, pool);
    if (all.classifier(classifier.name)) throw workload_exists(kClassifier, classifier.name);
    check_room(all.classifiers.size(), kSystemGroupsCount + kUserClassifiersMax, kClassifier);
    const std::string group = require_group(all, "find", classifier.group).name;
    const std::string importance(classifier.importance ? name_of(*classifier.importance) : "");
    tx.execute(
        "INSERT INTO sql_workload_classifiers (workspace_id, pool_key, classifier_key, "
        "classifier_id, name, group_name, member, importance, label, context, start_minute, "
        "end_minute, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        key.workspace_id, key.pool, to_lower(classifier.name), next_id(all.classifiers),
        classifier.name, group, classifier.member, importance, classifier.label, classifier.context,
        wide(classifier.start_minute), wide(classifier.end_minute), now);
  });
  forget(pool);
}

void WorkloadSettings::drop_classifier(const SessionState& session, const pools::PoolInfo& pool,
                                       std::string_view name) {
  const PoolKey key = pool_key_of(session, pool);
  session.services.store->write([&](meta::Transaction& tx) {
    const PoolWorkload all = read_all(tx, key, pool);
    const WorkloadClassifier* found = all.classifier(name);
    if (!found) throw workload_missing("drop", kClassifier, name, workload_names(all.classifiers));
    if (found->by_system()) {
      throw failure(10912,
                    "The operation could not be completed. Dropping predefined workload "
                    "classifier is not allowed.");
    }
    tx.execute(
        "DELETE FROM sql_workload_classifiers WHERE workspace_id = $1 AND pool_key = $2 AND "
        "classifier_key = $3",
        key.workspace_id, key.pool, to_lower(name));
  });
  forget(pool);
}

}  // namespace tarn::sql
