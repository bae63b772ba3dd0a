#include "lake/access_control.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "detail/names.h"

namespace tarn::lake {
namespace {

constexpr std::size_t kIdBytesMax = 256;

[[noreturn]] void refuse(std::string_view what, std::string_view text) {
  throw Error(Code::kInvalidArgument,
              std::string(what) + ": '" + detail::printable(text.substr(0, 200)) + "'.",
              "An access control list reads user::rwx,group::r-x,other::---; permissions read "
              "rwxr-x--- or 0750.");
}

bool is_triple(std::string_view text) {
  return text.size() == 3 && (text[0] == 'r' || text[0] == '-') &&
         (text[1] == 'w' || text[1] == '-') && (text[2] == 'x' || text[2] == '-');
}

AccessEntry parse_entry(std::string_view text) {
  std::vector<std::string> parts = split(text, ':');
  AccessEntry entry;
  if (parts.size() == 4 && parts.front() == "default") {
    entry.is_default = true;
    parts.erase(parts.begin());
  }
  if (parts.size() != 3) refuse("Not an entry of an access control list", text);
  entry = {entry.is_default, parts[0], parts[1], parts[2]};
  const bool named = entry.type == "user" || entry.type == "group";
  if (!named && entry.type != "mask" && entry.type != "other") {
    refuse("An entry is of user, group, mask or other", text);
  }
  if (!named && !entry.id.empty()) refuse("Only users and groups are named", text);
  if (entry.id.size() > kIdBytesMax || !detail::refusal_of_text(entry.id).empty()) {
    refuse("Not the id of a user or group", text);
  }
  if (!is_triple(entry.permissions)) refuse("Permissions are three of r, w, x and -", text);
  return entry;
}

std::string octal_triple(char digit) {
  const int bits = digit - '0';
  return {(bits & 4) ? 'r' : '-', (bits & 2) ? 'w' : '-', (bits & 1) ? 'x' : '-'};
}

}  // namespace

AccessControl AccessControl::usual(bool folder) {
  AccessControl control;
  control.set_permissions(folder ? "rwxr-x---" : "rw-r-----");
  return control;
}

std::string AccessControl::acl() const {
  std::vector<std::string> parts;
  for (const AccessEntry& entry : entries) {
    parts.push_back((entry.is_default ? "default:" : "") + entry.type + ':' + entry.id + ':' +
                    entry.permissions);
  }
  return join(parts, ",");
}

std::string AccessControl::permissions() const {
  std::string text;
  for (const char* type : {"user", "group", "other"}) {
    const auto found = std::ranges::find_if(entries, [type](const AccessEntry& entry) {
      return !entry.is_default && entry.type == type && entry.id.empty();
    });
    text += found == entries.end() ? "---" : found->permissions;
  }
  if (sticky) text.back() = text.back() == 'x' ? 't' : 'T';
  if (entries.size() > 3) text += '+';
  return text;
}

void AccessControl::set_acl(std::string_view text) {
  std::vector<AccessEntry> parsed;
  for (const std::string& part : split(text, ',')) {
    AccessEntry entry = parse_entry(part);
    const bool twice = std::ranges::any_of(parsed, [&entry](const AccessEntry& other) {
      return other.is_default == entry.is_default && other.type == entry.type &&
             other.id == entry.id;
    });
    if (twice) refuse("An entry is there twice", part);
    if (parsed.size() == kAccessEntriesMax) refuse("An access control list is too long", text);
    parsed.push_back(std::move(entry));
  }
  for (const char* type : {"user", "group", "other"}) {
    const bool there = std::ranges::any_of(parsed, [type](const AccessEntry& entry) {
      return !entry.is_default && entry.type == type && entry.id.empty();
    });
    if (!there) refuse("The entries user::, group:: and other:: are needed", text);
  }
  entries = std::move(parsed);
}

void AccessControl::set_permissions(std::string_view text) {
  std::string triples[3];
  bool wants_sticky = false;
  const bool octal = (text.size() == 3 || text.size() == 4) &&
                     std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '7'; });
  if (octal) {
    if (text.size() == 4) {
      if (text[0] != '0' && text[0] != '1') refuse("Not permissions", text);
      wants_sticky = text[0] == '1';
      text.remove_prefix(1);
    }
    for (int i = 0; i < 3; ++i) triples[i] = octal_triple(text[i]);
  } else {
    std::string symbols(text.ends_with('+') ? text.substr(0, text.size() - 1) : text);
    if (symbols.size() != 9) refuse("Not permissions", text);
    if (symbols.back() == 't' || symbols.back() == 'T') {
      wants_sticky = true;
      symbols.back() = symbols.back() == 't' ? 'x' : '-';
    }
    for (int i = 0; i < 3; ++i) {
      triples[i] = symbols.substr(3 * i, 3);
      if (!is_triple(triples[i])) refuse("Not permissions", text);
    }
  }
  const char* const types[] = {"user", "group", "other"};
  for (int i = 0; i < 3; ++i) {
    const auto found = std::ranges::find_if(entries, [&](const AccessEntry& entry) {
      return !entry.is_default && entry.type == types[i] && entry.id.empty();
    });
    if (found == entries.end()) {
      entries.push_back({false, types[i], {}, triples[i]});
    } else {
      found->permissions = triples[i];
    }
  }
  sticky = wants_sticky;
}

namespace {

bool has_all(std::string_view permissions, std::string_view mask, std::string_view wanted) {
  return std::ranges::all_of(wanted, [&](char letter) {
    return permissions.find(letter) != std::string_view::npos &&
           mask.find(letter) != std::string_view::npos;
  });
}

}  // namespace

bool AccessControl::allows(const Accessor& who, std::string_view wanted) const {
  std::string_view own = "---", named, others = "---", mask = "rwx";
  for (const AccessEntry& entry : entries) {
    if (entry.is_default) continue;
    if (entry.type == "user" && entry.id.empty()) own = entry.permissions;
    if (entry.type == "user" && who.is(entry.id)) named = entry.permissions;
    if (entry.type == "other") others = entry.permissions;
    if (entry.type == "mask") mask = entry.permissions;
  }
  if (who.is(owner)) return has_all(own, "rwx", wanted);
  return has_all(named.empty() ? others : named, mask, wanted);
}

std::optional<AccessControl> AccessControl::inherited(bool folder) const {
  AccessControl child;
  for (const AccessEntry& entry : entries) {
    if (!entry.is_default) continue;
    AccessEntry access = entry;
    access.is_default = false;
    if (access.type == "other") access.permissions = "---";
    child.entries.push_back(std::move(access));
  }
  if (child.entries.empty()) return std::nullopt;
  const AccessControl usual_ones = usual(folder);
  for (const AccessEntry& entry : usual_ones.entries) {
    const bool there = std::ranges::any_of(child.entries, [&entry](const AccessEntry& other) {
      return other.type == entry.type && other.id.empty();
    });
    if (!there) child.entries.push_back({false, entry.type, {}, "---"});
  }
  if (folder) {
    std::ranges::copy_if(entries, std::back_inserter(child.entries), &AccessEntry::is_default);
  }
  child.group = group;
  return child;
}

}  // namespace tarn::lake
