#include "onnx/scorer_cache.h"

#include "base/digest.h"

namespace tarn::onnx {

std::shared_ptr<const Scorer> ScorerCache::get(std::string_view bytes) {
  const std::string sha256 = sha256_hex(bytes);
  if (auto scorer = find(sha256)) return scorer;
  return keep(sha256, Scorer::load(bytes));
}

std::shared_ptr<const Scorer> ScorerCache::get(const std::string& sha256,
                                               const std::function<std::string()>& read) {
  if (auto scorer = find(sha256)) return scorer;
  return keep(sha256, Scorer::load(read()));
}

std::shared_ptr<const Scorer> ScorerCache::find(const std::string& sha256) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(sha256);
  if (found == index_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return found->second->scorer;
}

// Loading happens outside the lock. Of two threads that load the same model at once, the second
// takes the first's.
std::shared_ptr<const Scorer> ScorerCache::keep(const std::string& sha256,
                                                std::shared_ptr<const Scorer> scorer) {
  const std::lock_guard lock(mutex_);
  if (const auto found = index_.find(sha256); found != index_.end()) return found->second->scorer;
  if (scorer->model_bytes() > bytes_max_) return scorer;
  while (bytes_ + scorer->model_bytes() > bytes_max_) {
    bytes_ -= recent_.back().scorer->model_bytes();
    index_.erase(recent_.back().sha256);
    recent_.pop_back();
  }
  recent_.push_front({sha256, scorer});
  index_.emplace(sha256, recent_.begin());
  bytes_ += scorer->model_bytes();
  return scorer;
}

std::size_t ScorerCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::size_t ScorerCache::count() const {
  const std::lock_guard lock(mutex_);
  return recent_.size();
}

void ScorerCache::clear() {
  const std::lock_guard lock(mutex_);
  index_.clear();
  recent_.clear();
  bytes_ = 0;
}

}  // namespace tarn::onnx
