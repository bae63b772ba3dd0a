#include "detail/conflict.h"

#include <set>
#include <string>

#include "base/error.h"

namespace tarn::lake::delta::detail {
namespace {

[[noreturn]] void refuse(std::string_view what, std::int64_t version) {
  throw Error(Code::kConflict,
              "The table was changed by somebody else meanwhile: version " +
                  std::to_string(version) + " " + std::string(what) + ".",
              "Run the statement again.");
}

/// A change of rows read the whole table: rows that came or went since may be of those that it
/// means. Files that were only laid out anew hold the same rows; they matter where it rewrites them
/// too.
void check_rows(const std::set<std::string_view>& rewritten, std::int64_t version,
                const Action& action) {
  if (const auto* add = std::get_if<Add>(&action); add && add->data_change)
    refuse("added rows", version);
  if (const auto* remove = std::get_if<Remove>(&action)) {
    if (remove->data_change) refuse("removed rows", version);
    if (rewritten.contains(remove->path)) refuse("rewrote files", version);
  }
}

}  // namespace

void check_conflict(const Change& change, std::int64_t version, const std::vector<Action>& winner) {
  std::set<std::string_view> own_applications;
  std::set<std::string_view> own_inputs;
  for (const Action& action : change.actions) {
    if (const auto* txn = std::get_if<Txn>(&action)) own_applications.insert(txn->app_id);
    if (const auto* remove = std::get_if<Remove>(&action)) own_inputs.insert(remove->path);
  }
  for (const Action& action : winner) {
    if (std::holds_alternative<Protocol>(action)) refuse("changed the protocol", version);
    if (std::holds_alternative<Metadata>(action))
      refuse("changed the schema or properties", version);
    if (const auto* txn = std::get_if<Txn>(&action);
        txn && own_applications.contains(txn->app_id)) {
      refuse("is of the same application", version);
    }
    if (change.kind == Change::Kind::kRowChange) check_rows(own_inputs, version, action);
    if (const auto* remove = std::get_if<Remove>(&action);
        remove && change.kind == Change::Kind::kRearrange && own_inputs.contains(remove->path)) {
      refuse("removed a file that was being rewritten", version);
    }
    if (change.kind != Change::Kind::kOverwrite) continue;
    if (const auto* add = std::get_if<Add>(&action); add && add->data_change)
      refuse("added rows", version);
    if (std::holds_alternative<Remove>(action)) refuse("removed files", version);
  }
  if (change.kind != Change::Kind::kMetadata) return;
  for (const Action& action : winner) {
    if (std::holds_alternative<Remove>(action)) refuse("removed files", version);
  }
}

}  // namespace tarn::lake::delta::detail
