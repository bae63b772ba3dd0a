#pragma once
// Loaded models by the SHA-256 of their bytes, within a bound of bytes.

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "onnx/scorer.h"

namespace tarn::onnx {

/// Thread-safe. The least recently used models leave first; a model in use lives on in its users'
/// hands.
class ScorerCache {
 public:
  static constexpr std::size_t kBytesMax = 512ull << 20;  // of model bytes, the default bound

  explicit ScorerCache(std::size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  /// The scorer of these bytes, loaded when it is not there. A model above the bound is loaded but
  /// not kept.
  std::shared_ptr<const Scorer> get(std::string_view bytes);
  /// The same for a model whose hash is known (64 lower-case hex digits): `read` is called only
  /// when it is not there.
  std::shared_ptr<const Scorer> get(const std::string& sha256,
                                    const std::function<std::string()>& read);

  std::size_t bytes() const;
  std::size_t count() const;
  void clear();

 private:
  struct Entry {
    std::string sha256;
    std::shared_ptr<const Scorer> scorer;
  };
  std::shared_ptr<const Scorer> find(const std::string& sha256);
  std::shared_ptr<const Scorer> keep(const std::string& sha256,
                                     std::shared_ptr<const Scorer> scorer);

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Entry> recent_;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> index_;
};

}  // namespace tarn::onnx
