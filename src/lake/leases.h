#pragma once
// Leases on files and containers, with the states of Azure's Blob service (Lease Blob): available,
// leased, expired, breaking, broken. They bind those who write through the storage API; SQL, jobs
// and the command line do not ask for them. Kept in the store, so that they outlive the server.
// Thread-safe.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "lake/path.h"
#include "meta/store.h"

namespace tarn::lake {

inline constexpr std::int64_t kLeaseInfinite = -1;
inline constexpr std::int64_t kLeaseSecondsMin = 15;
inline constexpr std::int64_t kLeaseSecondsMax = 60;  // of a break too

struct Lease {
  enum class State { kAvailable, kLeased, kExpired, kBreaking, kBroken };

  State state = State::kAvailable;
  std::string id;  // empty when available
  std::int64_t duration_s = 0;
  std::int64_t break_left_s = 0;  // when breaking

  /// Whether writers must present it.
  bool active() const { return state == State::kLeased || state == State::kBreaking; }
};

/// "available", "leased", …
std::string_view name_of(Lease::State state);

/// Why a lease operation is refused; surfaces turn it into Azure's codes.
enum class LeaseRefusal {
  kAlreadyPresent,
  kIdMismatch,
  kNotPresent,
  kBreakingNoAcquire,
  kBreakingNoChange,
  kBrokenNoRenew,
};

class Leases {
 public:
  Leases(meta::Store& store, std::string workspace_id, const Clock& clock = Clock::system());

  Lease get(const LakePath& path);

  // Each is one transaction, and empty when it was done. `lease` gets what is there after it.
  std::optional<LeaseRefusal> acquire(const LakePath& path, const std::string& id,
                                      std::int64_t duration_s, Lease& lease);
  std::optional<LeaseRefusal> renew(const LakePath& path, const std::string& id, Lease& lease);
  std::optional<LeaseRefusal> change(const LakePath& path, const std::string& id,
                                     const std::string& new_id, Lease& lease);
  std::optional<LeaseRefusal> release(const LakePath& path, const std::string& id);
  /// Ends it after `period_s`, or what is left of it where that is less; without a period, an
  /// infinite one at once.
  std::optional<LeaseRefusal> end(const LakePath& path, std::optional<std::int64_t> period_s,
                                  Lease& lease);

 private:
  Lease read(meta::Transaction& tx, const LakePath& path, Micros now) const;
  void write(meta::Transaction& tx, const LakePath& path, const std::string& id,
             std::int64_t duration_s, Micros now) const;

  meta::Store& store_;
  std::string workspace_id_;
  const Clock& clock_;
};

}  // namespace tarn::lake
