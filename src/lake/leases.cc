#include "lake/leases.h"

#include <algorithm>

#include "base/text.h"

namespace tarn::lake {
namespace {

using meta::Transaction;
using State = Lease::State;

constexpr Micros kSecond = 1'000'000;

std::int64_t seconds_up(Micros span) { return (span + kSecond - 1) / kSecond; }

}  // namespace

std::string_view name_of(Lease::State state) {
  switch (state) {
    case State::kAvailable:
      return "available";
    case State::kLeased:
      return "leased";
    case State::kExpired:
      return "expired";
    case State::kBreaking:
      return "breaking";
    case State::kBroken:
      return "broken";
  }
  return "available";
}

Leases::Leases(meta::Store& store, std::string workspace_id, const Clock& clock)
    : store_(store), workspace_id_(std::move(workspace_id)), clock_(clock) {}

Lease Leases::read(Transaction& tx, const LakePath& path, Micros now) const {
  const auto row = tx.query_one(
      "SELECT lease_id, duration_s, expires_at, breaks_at FROM lake_leases WHERE workspace_id = $1 "
      "AND container = $2 AND path = $3",
      workspace_id_, path.container, path.path);
  Lease lease;
  if (!row) return lease;
  lease.id = row->text(0);
  lease.duration_s = row->int64(1);
  if (const auto breaks_at = row->optional_int64(3)) {
    lease.state = now < *breaks_at ? State::kBreaking : State::kBroken;
    lease.break_left_s = std::max<std::int64_t>(0, seconds_up(*breaks_at - now));
  } else if (lease.duration_s == kLeaseInfinite || now < row->int64(2)) {
    lease.state = State::kLeased;
    lease.break_left_s = lease.duration_s == kLeaseInfinite ? 0 : seconds_up(row->int64(2) - now);
  } else {
    lease.state = State::kExpired;
  }
  return lease;
}

void Leases::write(Transaction& tx, const LakePath& path, const std::string& id,
                   std::int64_t duration_s, Micros now) const {
  const Micros expires = duration_s == kLeaseInfinite ? 0 : now + duration_s * kSecond;
  tx.execute(
      "INSERT INTO lake_leases (workspace_id, container, path, lease_id, duration_s, expires_at, "
      "breaks_at) VALUES ($1, $2, $3, $4, $5, $6, NULL) ON CONFLICT (workspace_id, container, "
      "path) DO UPDATE SET lease_id = excluded.lease_id, duration_s = excluded.duration_s, "
      "expires_at = excluded.expires_at, breaks_at = NULL",
      workspace_id_, path.container, path.path, id, duration_s, expires);
}

Lease Leases::get(const LakePath& path) {
  return store_.read([&](Transaction& tx) { return read(tx, path, clock_.now()); });
}

std::optional<LeaseRefusal> Leases::acquire(const LakePath& path, const std::string& id,
                                            std::int64_t duration_s, Lease& lease) {
  return store_.write([&](Transaction& tx) -> std::optional<LeaseRefusal> {
    const Micros now = clock_.now();
    const Lease present = read(tx, path, now);
    if (present.state == State::kBreaking) return LeaseRefusal::kBreakingNoAcquire;
    if (present.state == State::kLeased && !equal_ignoring_case(present.id, id)) {
      return LeaseRefusal::kAlreadyPresent;
    }
    write(tx, path, id, duration_s, now);
    lease = read(tx, path, now);
    return std::nullopt;
  });
}

std::optional<LeaseRefusal> Leases::renew(const LakePath& path, const std::string& id,
                                          Lease& lease) {
  return store_.write([&](Transaction& tx) -> std::optional<LeaseRefusal> {
    const Micros now = clock_.now();
    const Lease present = read(tx, path, now);
    if (!equal_ignoring_case(present.id, id)) return LeaseRefusal::kIdMismatch;
    if (present.state == State::kBreaking || present.state == State::kBroken) {
      return LeaseRefusal::kBrokenNoRenew;
    }
    write(tx, path, present.id, present.duration_s, now);
    lease = read(tx, path, now);
    return std::nullopt;
  });
}

std::optional<LeaseRefusal> Leases::change(const LakePath& path, const std::string& id,
                                           const std::string& new_id, Lease& lease) {
  return store_.write([&](Transaction& tx) -> std::optional<LeaseRefusal> {
    const Micros now = clock_.now();
    const Lease present = read(tx, path, now);
    if (present.state == State::kBreaking) return LeaseRefusal::kBreakingNoChange;
    if (present.state != State::kLeased) return LeaseRefusal::kNotPresent;
    if (!equal_ignoring_case(present.id, id) && !equal_ignoring_case(present.id, new_id)) {
      return LeaseRefusal::kIdMismatch;
    }
    tx.execute(
        "UPDATE lake_leases SET lease_id = $1 WHERE workspace_id = $2 AND container = $3 AND path "
        "= $4",
        new_id, workspace_id_, path.container, path.path);
    lease = read(tx, path, now);
    return std::nullopt;
  });
}

std::optional<LeaseRefusal> Leases::release(const LakePath& path, const std::string& id) {
  return store_.write([&](Transaction& tx) -> std::optional<LeaseRefusal> {
    const Lease present = read(tx, path, clock_.now());
    if (!equal_ignoring_case(present.id, id)) return LeaseRefusal::kIdMismatch;
    tx.execute("DELETE FROM lake_leases WHERE workspace_id = $1 AND container = $2 AND path = $3",
               workspace_id_, path.container, path.path);
    return std::nullopt;
  });
}

std::optional<LeaseRefusal> Leases::end(const LakePath& path, std::optional<std::int64_t> period_s,
                                        Lease& lease) {
  return store_.write([&](Transaction& tx) -> std::optional<LeaseRefusal> {
    const Micros now = clock_.now();
    const Lease present = read(tx, path, now);
    if (present.state == State::kAvailable) return LeaseRefusal::kNotPresent;
    std::int64_t left = 0;  // of a lease that has already ended
    if (present.active()) {
      const bool bounded =
          present.duration_s != kLeaseInfinite || present.state == State::kBreaking;
      left = bounded ? std::min(period_s.value_or(present.break_left_s), present.break_left_s)
                     : period_s.value_or(0);
    }
    tx.execute(
        "UPDATE lake_leases SET breaks_at = $1 WHERE workspace_id = $2 AND container = $3 AND path "
        "= $4",
        now + left * kSecond, workspace_id_, path.container, path.path);
    lease = read(tx, path, now);
    return std::nullopt;
  });
}

}  // namespace tarn::lake
