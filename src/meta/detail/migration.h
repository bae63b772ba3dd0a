#pragma once
// Numbered forward migrations. One file per version under migrations/; a version that was released
// never changes.
//
// Texts are in the subset that SQLite and PostgreSQL share, statements end with ';', and two things
// differ by dialect:
// {{clustered}} after a table's ')' is WITHOUT ROWID in SQLite and nothing in PostgreSQL, and TEXT
// becomes TEXT COLLATE "C" in PostgreSQL, so that texts compare and sort by their bytes in both.
// `sqlite` and `postgres` hold what only one of them needs.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tarn::meta::detail {

class Connection;

struct Migration {
  std::int64_t version = 0;
  std::string_view name;
  std::string_view portable;
  std::string_view sqlite = {};
  std::string_view postgres = {};
};

extern const Migration kMigration0001;
extern const Migration kMigration0002;
extern const Migration kMigration0003;
extern const Migration kMigration0004;
extern const Migration kMigration0005;
extern const Migration kMigration0006;
extern const Migration kMigration0007;

/// All, by version: 1, 2, 3, …
std::span<const Migration> all_migrations();

/// The version of a store; 0 for an empty one.
std::int64_t stored_version(Connection& connection);

/// Called with the version that a store has, before its first step: nobody else changes the store's
/// version meanwhile.
using BeforeUpgrade = std::function<void(std::int64_t version)>;

/// Brings the store to the newest version in one transaction: nobody ever sees a version between.
/// An empty store is filled without a call of `before_upgrade`. Throws Error(kUnsupported) where
/// the store is newer than `migrations` knows.
void migrate(Connection& connection, std::span<const Migration> migrations, const Clock& clock,
             const BeforeUpgrade& before_upgrade = {});

}  // namespace tarn::meta::detail
