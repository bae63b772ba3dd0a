// Listing and globbing: walks of the lake that stop at a page or a limit.

#include <algorithm>
#include <span>

#include "base/error.h"
#include "base/text.h"
#include "detail/folder.h"
#include "detail/names.h"
#include "detail/wildcard.h"
#include "lake/lake.h"
#include "meta/paging.h"

namespace tarn::lake {

using detail::Entry;
using detail::Folder;

namespace {

constexpr std::string_view kListToken = "lake";

class Lister {
 public:
  Lister(const ListOptions& options, const CancelToken& cancel)
      : options_(options), cancel_(cancel) {}

  // Collects what comes after `resume` (the components of the last entry of the page before; of the
  // first entry to list where the options name one). True: the page is full. Only names that begin
  // with `prefix`.
  bool visit(const Folder& folder, const LakePath& path, std::span<const std::string> resume,
             std::string_view prefix = {}) {
    cancel_.check();
    const bool inclusive = resume.size() == 1 && !options_.from.empty();
    if (inclusive && resume.front().starts_with(prefix) && take(folder, path, resume.front())) {
      return true;
    }
    if (!resume.empty() && !inclusive && options_.recursive) {
      const LakePath last = detail::join(path, resume.front());
      if (const auto child = folder.child(resume.front())) {
        if (visit(*child, last, resume.subspan(1))) return true;
      }
    }
    std::string after = resume.empty() ? std::string() : resume.front();
    while (true) {
      // One more than the page still takes tells whether there is another page. Folders that are
      // not listed themselves do not fill it, hence the loop.
      const std::size_t wanted = options_.limit - page_.entries.size() + 1;
      const std::vector<Entry> entries = folder.entries(after, wanted, prefix);
      for (const Entry& entry : entries) {
        if (take(folder, path, entry.name)) return true;
      }
      if (entries.size() < wanted) return false;
      after = entries.back().name;
    }
  }

  // Adds what lies under the name, and what is in it.
  bool take(const Folder& folder, const LakePath& path, const std::string& name) {
    const auto status = folder.status(name);
    if (!status) return false;  // gone meanwhile
    const bool is_folder = S_ISDIR(status->st_mode);
    const LakePath child_path = detail::join(path, name);
    if (!is_folder || !options_.files_only) {
      if (page_.entries.size() == options_.limit) {
        full_ = true;
        return true;
      }
      page_.entries.push_back(detail::info_of(child_path, *status));
    }
    if (!options_.recursive || !is_folder) return false;
    const auto child = folder.child(name);
    return child && visit(*child, child_path, {});
  }

  ListPage page(const LakePath& folder) {
    if (full_) {
      const std::string key[] = {folder.text(), page_.entries.back().path.text()};
      page_.continuation = meta::page_token(kListToken, key);
    }
    return std::move(page_);
  }

 private:
  const ListOptions& options_;
  const CancelToken& cancel_;
  ListPage page_;
  bool full_ = false;
};

// The components of the token's last entry below `folder`.
std::vector<std::string> resume_after(const LakePath& folder, const std::string& continuation) {
  if (continuation.empty()) return {};
  const auto key = meta::parse_page_token(kListToken, continuation, 2);
  const std::string prefix = folder.text() + "/";
  if (key[0] != folder.text() || !key[1].starts_with(prefix)) {
    throw Error(Code::kInvalidArgument, "The continuation token belongs to another list.",
                "Use it with the folder and options that it came from.");
  }
  parse_path(key[1]);  // refuses a forged one
  return split(std::string_view(key[1]).substr(prefix.size()), '/');
}

bool hidden(std::string_view name) { return name.starts_with('_') || name.starts_with('.'); }

class Globber {
 public:
  Globber(const std::vector<std::string>& components, const CancelToken& cancel) : cancel_(cancel) {
    for (const std::string& component : components) patterns_.emplace_back(component);
  }

  void visit(const Folder& folder, const LakePath& path, std::size_t index) {
    cancel_.check();
    const detail::Wildcard& pattern = patterns_[index];
    const bool last = index + 1 == patterns_.size();
    if (pattern.any_depth()) {
      // Zero components here, or one more and again.
      if (!last) visit(folder, path, index + 1);
      for (const Entry& entry : folder.entries()) {
        if (hidden(entry.name)) continue;
        if (entry.folder) {
          if (const auto child = folder.child(entry.name))
            visit(*child, detail::join(path, entry.name), index);
        } else if (last) {
          add(folder, path, entry.name);
        }
      }
      return;
    }
    if (pattern.literal()) {
      visit_entry(folder, path, {pattern.text(), !last}, index);
      return;
    }
    for (const Entry& entry : folder.entries()) {
      if ((hidden(entry.name) && !hidden(pattern.text())) || !pattern.matches(entry.name)) continue;
      if (entry.folder == last) continue;
      visit_entry(folder, path, entry, index);
    }
  }

  std::vector<FileInfo> take() {
    const auto by_path = [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; };
    std::sort(found_.begin(), found_.end(), by_path);
    const auto same = [](const FileInfo& a, const FileInfo& b) { return a.path == b.path; };
    found_.erase(std::unique(found_.begin(), found_.end(), same),
                 found_.end());  // '**/**' finds things twice
    return std::move(found_);
  }

 private:
  void visit_entry(const Folder& folder, const LakePath& path, const Entry& entry,
                   std::size_t index) {
    if (index + 1 == patterns_.size()) {
      add(folder, path, entry.name);
    } else if (const auto child = folder.child(entry.name)) {
      visit(*child, detail::join(path, entry.name), index + 1);
    }
  }

  void add(const Folder& folder, const LakePath& path, const std::string& name) {
    const auto status = folder.status(name);
    if (!status || S_ISDIR(status->st_mode)) return;
    if (found_.size() >= Lake::kGlobMax) {
      throw Error(Code::kTooLarge,
                  "The pattern matches too many files below '" + path.text() + "'.",
                  "Name a narrower pattern.");
    }
    found_.push_back(detail::info_of(detail::join(path, name), *status));
  }

  std::vector<detail::Wildcard> patterns_;
  const CancelToken& cancel_;
  std::vector<FileInfo> found_;
};

}  // namespace

ListPage Lake::list(const LakePath& folder, const ListOptions& options,
                    const CancelToken& cancel) const {
  if (options.limit < 1 || options.limit > kListMax) {
    throw Error(Code::kInvalidArgument,
                "The limit of a page must be within 1 and " + std::to_string(kListMax) + ".");
  }
  const FileInfo info = stat(folder);
  if (!info.folder) return {.entries = {info}, .continuation = {}};
  const Folder root = Folder::open_root(root_);
  const auto opened = detail::open_folder(root, folder);
  if (!opened)
    throw Error(Code::kNotFound, "There is no folder '" + folder.text() + "' in the lake.");
  const bool first = options.continuation.empty();
  if (first && !options.from.empty()) parse_below(folder, options.from);
  const std::vector<std::string> resume = first && !options.from.empty()
                                              ? split(options.from, '/')
                                              : resume_after(folder, options.continuation);
  ListOptions effective = options;
  if (!first) effective.from.clear();
  Lister lister(effective, cancel);
  lister.visit(*opened, folder, resume, options.prefix);
  return lister.page(folder);
}

std::vector<FileInfo> Lake::glob(const LakePath& pattern, const CancelToken& cancel) const {
  std::vector<std::string> components =
      pattern.path.empty() ? std::vector<std::string>{} : split(pattern.path, '/');
  if (!pattern.pattern()) {
    const auto info = find(pattern);
    if (!info) return {};
    if (!info->folder) return {*info};
  }
  if (!pattern.pattern() || pattern.folder) components.push_back("*");
  const Folder root = Folder::open_root(root_);
  const auto container = root.child(pattern.container);
  if (!container) {
    throw Error(Code::kNotFound, "There is no container '" + pattern.container + "' in the lake.",
                did_you_mean(pattern.container, containers()));
  }
  Globber globber(components, cancel);
  globber.visit(*container, {.container = pattern.container, .path = {}, .folder = true}, 0);
  return globber.take();
}

}  // namespace tarn::lake
