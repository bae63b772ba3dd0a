#include "meta/workspaces.h"

#include <algorithm>

#include "base/error.h"
#include "base/ids.h"

namespace tarn::meta {

namespace {

constexpr std::size_t kNameBytesMax = 63;

void check_name(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool good =
      !name.empty() && name.size() <= kNameBytesMax && alphanumeric(name.front()) &&
      std::all_of(name.begin(), name.end(), [&](char c) { return alphanumeric(c) || c == '-'; });
  if (!good) {
    throw Error(Code::kInvalidArgument,
                "Not a name for a workspace: " + std::string(name.substr(0, 80)) + ".",
                "A name has 1 to 63 of a-z, 0-9 and '-', and begins with a letter or digit.");
  }
}

}  // namespace

std::string ensure_workspace(Store& store, std::string_view name, const Clock& clock) {
  check_name(name);
  constexpr std::string_view kFind = "SELECT workspace_id FROM workspaces WHERE name = $1";
  if (auto row = store.read([&](Transaction& tx) { return tx.query_one(kFind, name); }))
    return row->text(0);
  return store.write([&](Transaction& tx) {
    tx.execute(
        "INSERT INTO workspaces (workspace_id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT "
        "(name) DO NOTHING",
        new_id(), name, clock.now());
    return tx.query_one(kFind, name)->text(0);
  });
}

}  // namespace tarn::meta
