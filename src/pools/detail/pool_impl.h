#pragma once
// A pool as its module sees it.

#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "pools/pools.h"

namespace tarn::pools {

inline constexpr int kFileVersion = 1;  // of what schema `tarn` of a pool's file says

/// The name under which a pool is attached.
std::string alias_of(std::string_view name);

/// A sequence that counts from `next`, in place of one that may be there.
std::string sequence_sql(const std::string& name, const std::string& next,
                         const std::string& increment);

/// An empty pool's own tables, as statements of the engine.
std::vector<std::string> foundation_sql(const std::string& alias);

struct Pool::Impl {
  std::string name;
  std::string collation;
  std::string alias;  // quoted

  mutable std::shared_mutex defining;  // held alone while definitions are committed and shown
  DefinitionsPtr current = std::make_shared<Definitions>();

  std::mutex reserving;
  std::set<std::string> reserved;  // definitions that a transaction under way changes

  /// Reads what the file says. Throws Error: kDataLoss, kUnsupported.
  void load(engine::Connection& connection);
  PoolTable with_names(PoolTable table) const;
};

/// Compares what an attached pool's file says of itself with what is in it.
PoolCheck check_pool(const std::string& pool, const Definitions& definitions,
                     engine::Connection& connection, const CancelToken& cancel);

}  // namespace tarn::pools
