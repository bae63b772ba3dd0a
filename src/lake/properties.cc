#include "lake/properties.h"

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/json.h"

namespace tarn::lake {
namespace {

using meta::Row;
using meta::Transaction;

constexpr std::size_t kPathsPerQuery = 400;

// Everything below `path`: "x/" up to, but not including, "x0" ('0' follows '/').
std::string below(const std::string& path) { return path + '/'; }
std::string behind(const std::string& path) { return path + '0'; }

// substr() of both stores counts characters, not bytes.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string text_of(const FileProperties& properties) {
  Json json = Json::object();
  const auto text = [&json](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  text("content_type", properties.content_type);
  text("content_encoding", properties.content_encoding);
  text("content_language", properties.content_language);
  text("content_disposition", properties.content_disposition);
  text("cache_control", properties.cache_control);
  text("content_md5", properties.content_md5);
  if (properties.append_blob) json["append_blocks"] = properties.append_blocks;
  if (properties.created != 0) json["created"] = properties.created;
  for (const auto& [name, value] : properties.metadata) {
    json["metadata"].push_back({name, value});
  }
  for (const Block& block : properties.blocks) {
    json["blocks"].push_back({to_hex(block.id), block.size});
  }
  if (const auto& access = properties.access) {
    json["access"] = {{"owner", access->owner},
                      {"group", access->group},
                      {"acl", access->acl()},
                      {"sticky", access->sticky}};
  }
  return json.dump();
}

FileProperties parse_properties(const std::string& text) {
  const Json json = parse_json(text);
  FileProperties result;
  result.content_type = json.value("content_type", "");
  result.content_encoding = json.value("content_encoding", "");
  result.content_language = json.value("content_language", "");
  result.content_disposition = json.value("content_disposition", "");
  result.cache_control = json.value("cache_control", "");
  result.content_md5 = json.value("content_md5", "");
  result.append_blob = json.contains("append_blocks");
  result.append_blocks = json.value("append_blocks", std::int64_t(0));
  result.created = json.value("created", Micros(0));
  if (const auto found = json.find("metadata"); found != json.end()) {
    for (const Json& pair : *found) {
      result.metadata.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
    }
  }
  if (const auto found = json.find("blocks"); found != json.end()) {
    for (const Json& block : *found) {
      result.blocks.push_back(
          {from_hex(block[0].get<std::string>()), block[1].get<std::uint64_t>()});
    }
  }
  if (const auto found = json.find("access"); found != json.end()) {
    AccessControl access;
    access.owner = found->value("owner", "");
    access.group = found->value("group", "");
    access.set_acl(found->value("acl", ""));
    access.sticky = found->value("sticky", false);
    result.access = std::move(access);
  }
  return result;
}

}  // namespace

bool FileProperties::is_default() const {
  return content_type.empty() && content_encoding.empty() && content_language.empty() &&
         content_disposition.empty() && cache_control.empty() && content_md5.empty() &&
         !append_blob && created == 0 && metadata.empty() && blocks.empty() && !access;
}

Properties::Properties(meta::Store& store, std::string workspace_id, Lake& lake)
    : store_(store), workspace_id_(std::move(workspace_id)), lake_(lake) {
  lake_.set_observer(this);
}

Properties::~Properties() { lake_.set_observer(nullptr); }

FileProperties Properties::get(const FileInfo& info) { return get(std::span(&info, 1)).front(); }

std::vector<FileProperties> Properties::get(std::span<const FileInfo> infos) {
  std::vector<FileProperties> result(infos.size());
  for (std::size_t first = 0; first < infos.size(); first += kPathsPerQuery) {
    const auto part = infos.subspan(first, std::min(kPathsPerQuery, infos.size() - first));
    std::string sql =
        "SELECT container, path, file_etag, properties FROM lake_properties "
        "WHERE workspace_id = $1 AND container = $2 AND path IN (";
    std::vector<meta::Value> values{workspace_id_, part.front().path.container};
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> index;
    for (std::size_t i = 0; i < part.size(); ++i) {
      sql += (i == 0 ? "$" : ", $") + std::to_string(values.size() + 1);
      values.emplace_back(part[i].path.path);
      index[{part[i].path.path, part[i].etag}] = first + i;
    }
    sql += ")";
    const auto rows = store_.read([&](Transaction& tx) { return tx.query_values(sql, values); });
    for (const Row& row : rows) {
      const auto found = index.find({row.text(1), row.text(2)});
      if (found != index.end()) result[found->second] = parse_properties(row.text(3));
    }
  }
  return result;
}

void Properties::write(const FileInfo& info, const FileProperties& properties) {
  if (properties.is_default() && !info.etag.empty()) return;  // no row says the same
  const std::string text = text_of(properties);
  store_.write([&](Transaction& tx) {
    tx.execute(
        "INSERT INTO lake_properties (workspace_id, container, path, file_etag, properties) "
        "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (workspace_id, container, path, file_etag) "
        "DO UPDATE SET properties = excluded.properties",
        workspace_id_, info.path.container, info.path.path, info.etag, text);
  });
}

void Properties::remove_older(const FileInfo& info) {
  const auto any = store_.read([&](Transaction& tx) {
    return tx.query(
        "SELECT 1 FROM lake_properties WHERE workspace_id = $1 AND container = $2 AND path = $3 "
        "AND file_etag <> $4 LIMIT 1",
        workspace_id_, info.path.container, info.path.path, info.etag);
  });
  if (any.empty()) return;
  store_.write([&](Transaction& tx) {
    tx.execute(
        "DELETE FROM lake_properties WHERE workspace_id = $1 AND container = $2 AND path = $3 AND "
        "file_etag <> $4",
        workspace_id_, info.path.container, info.path.path, info.etag);
  });
}

FileInfo Properties::put(const LakePath& path, const ByteSource& source,
                         const Conditions& conditions, const CancelToken& cancel,
                         const std::function<FileProperties()>& make) {
  const FileInfo info = lake_.put(path, source, conditions, cancel,
                                  [&](const FileInfo& future) { write(future, make()); });
  remove_older(info);
  return info;
}

FileInfo Properties::append(const LakePath& path, const ByteSource& source,
                            const Conditions& conditions, const CancelToken& cancel,
                            const std::function<FileProperties()>& make) {
  return lake_.append(path, source, conditions, cancel, [&](const FileInfo& future) {
    const FileInfo now = lake_.stat(path);
    const std::string text = text_of(make());
    // One commit an append: the row of what the file was goes with the next one.
    store_.write([&](Transaction& tx) {
      tx.execute(
          "DELETE FROM lake_properties WHERE workspace_id = $1 AND container = $2 AND path = $3 "
          "AND "
          "file_etag <> $4",
          workspace_id_, path.container, path.path, now.etag);
      tx.execute(
          "INSERT INTO lake_properties (workspace_id, container, path, file_etag, properties) "
          "VALUES ($1, $2, $3, $4, $5)",
          workspace_id_, path.container, path.path, future.etag, text);
    });
  });
}

FileInfo Properties::set(const LakePath& path, const Conditions& conditions,
                         const std::function<void(FileProperties&)>& change) {
  Conditions checked = conditions;
  FileProperties properties;
  // Read at the moment of the change, under the lake's lock of the path.
  checked.check = [&](const std::optional<FileInfo>& existing) {
    if (conditions.check) conditions.check(existing);
    if (existing) properties = get(*existing);
  };
  const FileInfo info = lake_.touch(path, checked, [&](const FileInfo& future) {
    change(properties);
    write(future, properties);
  });
  remove_older(info);
  return info;
}

// Copied before the rename and removed after it, so that at each moment both names have them.
void Properties::renaming(const LakePath& from, const LakePath& to) {
  store_.write([&](Transaction& tx) {
    tx.execute(
        "INSERT INTO lake_properties (workspace_id, container, path, file_etag, properties) "
        "SELECT workspace_id, $1, $2 || substr(path, $3), file_etag, properties FROM "
        "lake_properties WHERE workspace_id = $4 AND container = $5 AND (path = $6 OR (path >= $7 "
        "AND path < $8)) ON CONFLICT (workspace_id, container, path, file_etag) DO UPDATE SET "
        "properties = excluded.properties",
        to.container, to.path, static_cast<std::int64_t>(characters(from.path)) + 1, workspace_id_,
        from.container, from.path, below(from.path), behind(from.path));
  });
}

void Properties::renamed(const LakePath& from, const LakePath&) { removed(from); }

void Properties::removed(const LakePath& path) {
  store_.write([&](Transaction& tx) {
    for (const char* table : {"lake_properties", "lake_leases"}) {
      const std::string sql =
          std::string("DELETE FROM ") + table + " WHERE workspace_id = $1 AND container = $2";
      if (path.path.empty()) {
        tx.execute(sql, workspace_id_, path.container);
      } else {
        tx.execute(sql + " AND (path = $3 OR (path >= $4 AND path < $5))", workspace_id_,
                   path.container, path.path, below(path.path), behind(path.path));
      }
    }
  });
}

}  // namespace tarn::lake
