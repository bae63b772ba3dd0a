#include "lake/access_lists.h"

#include <algorithm>

#include "base/text.h"
#include "detail/folder.h"

namespace tarn::lake {
namespace {

std::size_t depth_of(const LakePath& path) {
  return path.path.empty() ? 0 : static_cast<std::size_t>(std::ranges::count(path.path, '/')) + 1;
}

}  // namespace

std::vector<AccessLists::Step> AccessLists::steps(const LakePath& path) {
  std::vector<FileInfo> infos;
  LakePath at{.container = path.container, .path = {}, .folder = true};
  const auto add = [&] {
    auto info = lake_.find(at);
    if (!info) return false;
    info->path.path = at.path;
    infos.push_back(std::move(*info));
    return true;
  };
  if (add() && !path.path.empty()) {
    for (const std::string& component : split(path.path, '/')) {
      at = detail::join(at, component);
      if (!add() || !infos.back().folder) break;
    }
  }
  const std::vector<FileProperties> properties = properties_.get(infos);
  std::vector<Step> result;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    const bool folder = infos[i].folder;
    std::optional<AccessControl> access = properties[i].access;
    if (!access && i > 0) access = result[i - 1].access.inherited(folder);
    result.push_back({std::move(infos[i]), access.value_or(AccessControl::usual(folder))});
  }
  return result;
}

bool AccessLists::passes(const Accessor& who, const std::vector<Step>& steps, std::size_t count) {
  return std::all_of(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(count),
                     [&](const Step& step) { return step.access.allows(who, "x"); });
}

bool AccessLists::may_read(const Accessor& who, const LakePath& path) {
  const std::vector<Step> found = steps(path);
  // What is not there is no secret to those who may look into its folder.
  if (found.size() != depth_of(path) + 1)
    return !found.empty() && passes(who, found, found.size()) &&
           found.back().access.allows(who, "r");
  return passes(who, found, found.size() - 1) &&
         found.back().access.allows(who, found.back().info.folder ? "rx" : "r");
}

bool AccessLists::may_write(const Accessor& who, const LakePath& path) {
  const std::vector<Step> found = steps(path);
  if (found.empty()) return false;
  const bool there = found.size() == depth_of(path) + 1;
  return passes(who, found, found.size() - 1) &&
         found.back().access.allows(who, there && !found.back().info.folder ? "rw" : "wx");
}

bool AccessLists::may_delete(const Accessor& who, const LakePath& path) {
  const std::vector<Step> found = steps(path);
  const std::size_t depth = depth_of(path);
  if (depth == 0) return false;
  if (found.size() != depth + 1) return may_read(who, path);  // nothing to delete
  const Step& parent = found[depth - 1];
  const Step& target = found[depth];
  if (!passes(who, found, depth - 1) || !parent.access.allows(who, "wx")) return false;
  if (parent.access.sticky && !who.is(parent.access.owner) && !who.is(target.access.owner))
    return false;
  if (!target.info.folder) return true;
  if (!target.access.allows(who, "rwx")) return false;
  ListOptions options{.recursive = true, .limit = Lake::kListMax, .continuation = {}};
  std::size_t folders = 0;
  do {
    const ListPage page = lake_.list(path, options);
    for (const FileInfo& info : page.entries) {
      if (!info.folder) continue;
      const auto access = list_of(info.path);
      if (++folders > kFoldersDeletedMax || !access || !access->allows(who, "rwx")) return false;
    }
    options.continuation = page.continuation;
  } while (!options.continuation.empty());
  return true;
}

bool AccessLists::owns(const Accessor& who, const LakePath& path) {
  const std::vector<Step> found = steps(path);
  return found.size() == depth_of(path) + 1 && passes(who, found, found.size() - 1) &&
         who.is(found.back().access.owner);
}

std::optional<AccessControl> AccessLists::list_of(const LakePath& path) {
  std::vector<Step> found = steps(path);
  if (found.size() != depth_of(path) + 1) return std::nullopt;
  return std::move(found.back().access);
}

std::optional<AccessControl> AccessLists::inherited(const LakePath& path, bool folder) {
  const std::vector<Step> found = steps(path.parent());
  if (found.empty() || !found.back().info.folder) return std::nullopt;
  return found.back().access.inherited(folder);
}

}  // namespace tarn::lake
