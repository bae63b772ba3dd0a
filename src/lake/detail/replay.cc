#include "detail/replay.h"

#include "base/error.h"

namespace tarn::lake::delta::detail {

void Replay::apply(std::vector<Action>&& actions) {
  // Within one commit a path may be removed and added again (another dataChange, new statistics):
  // the add stands.
  for (Action& action : actions) {
    if (auto* remove = std::get_if<Remove>(&action)) {
      auto shared = std::make_shared<const Remove>(std::move(*remove));
      adds_.erase(shared->path);
      removes_.erase(shared->path);
      removes_.emplace(shared->path, shared);
    }
  }
  for (Action& action : actions) {
    if (auto* add = std::get_if<Add>(&action)) {
      auto shared = std::make_shared<const Add>(std::move(*add));
      adds_.erase(shared->path);
      removes_.erase(shared->path);
      adds_.emplace(shared->path, shared);
    } else if (auto* txn = std::get_if<Txn>(&action)) {
      transactions_[txn->app_id] = *txn;
    } else if (auto* protocol = std::get_if<Protocol>(&action)) {
      protocol_ = std::move(*protocol);
    } else if (auto* metadata = std::get_if<Metadata>(&action)) {
      metadata_ = std::move(*metadata);
    }
  }
}

SnapshotPtr Replay::snapshot(std::int64_t version, Micros timestamp) const {
  if (!protocol_) throw Error(Code::kDataLoss, "The Delta log has no protocol action.");
  if (!metadata_) throw Error(Code::kDataLoss, "The Delta log has no metaData action.");
  check_readable(*protocol_);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->version = version;
  snapshot->timestamp = timestamp;
  snapshot->protocol = *protocol_;
  snapshot->metadata = *metadata_;
  snapshot->files.reserve(adds_.size());
  for (const auto& [path, add] : adds_) snapshot->files.push_back(add);
  for (const auto& [app_id, txn] : transactions_) snapshot->transactions[app_id] = txn.version;
  return snapshot;
}

std::vector<std::shared_ptr<const Remove>> Replay::removes() const {
  std::vector<std::shared_ptr<const Remove>> found;
  found.reserve(removes_.size());
  for (const auto& [path, remove] : removes_) found.push_back(remove);
  return found;
}

std::vector<Action> Replay::checkpoint(std::int64_t removes_since_ms) const {
  std::vector<Action> actions;
  if (protocol_) actions.emplace_back(*protocol_);
  if (metadata_) actions.emplace_back(*metadata_);
  for (const auto& [app_id, txn] : transactions_) actions.emplace_back(txn);
  for (const auto& [path, remove] : removes_) {
    if (remove->deleted_ms >= removes_since_ms) actions.emplace_back(*remove);
  }
  for (const auto& [path, add] : adds_) actions.emplace_back(*add);
  return actions;
}

}  // namespace tarn::lake::delta::detail
