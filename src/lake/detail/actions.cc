#include "detail/actions.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "detail/names.h"

namespace tarn::lake::delta::detail {
namespace {

template <typename... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <typename... F>
Overloaded(F...) -> Overloaded<F...>;

// Keys with null are the same as absent ones.
const Json* find(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}
std::string text_of(const Json& json, const char* key) {
  const Json* value = find(json, key);
  return value ? value->get<std::string>() : std::string();
}
// A whole number, also as "1.0"; what no 64 bits hold is damage.
std::int64_t integer_of(const Json& value) {
  constexpr double kBound = 9223372036854775808.0;  // 2^63
  const bool fits = value.is_number_unsigned() ? value.get<std::uint64_t>() <= INT64_MAX
                    : value.is_number_float()
                        ? value.get<double>() >= -kBound && value.get<double>() < kBound
                        : value.is_number_integer();
  if (fits) return value.get<std::int64_t>();
  throw Error(Code::kDataLoss, "A number in the Delta log is no whole number of 64 bits: '" +
                                   lake::detail::printable(value.dump()) + "'.");
}
std::int64_t integer_of(const Json& json, const char* key, std::int64_t otherwise = 0) {
  const Json* value = find(json, key);
  return value ? integer_of(*value) : otherwise;
}
bool boolean_of(const Json& json, const char* key, bool otherwise) {
  const Json* value = find(json, key);
  return value ? value->get<bool>() : otherwise;
}

// A relative path within the table. Each component is a plain name: what the log says is not to be
// trusted.
std::string path_of(const Json& json) {
  const std::string path = decode_path(json.at("path").get<std::string>());
  if (path.find("://") != std::string::npos || path.starts_with('/')) {
    throw Error(
        Code::kUnsupported,
        "The Delta table has files outside its folder: '" + lake::detail::printable(path) + "'.",
        "Shallow clones are not supported; make a deep copy.");
  }
  for (const std::string& component : split(path, '/')) {
    const bool dots =
        std::all_of(component.begin(), component.end(), [](char c) { return c == '.'; });
    if (dots || component.find('\0') != std::string::npos ||
        component.find('\\') != std::string::npos) {
      throw Error(Code::kDataLoss, "A file's path in the Delta log leaves the table: '" +
                                       lake::detail::printable(path) + "'.");
    }
  }
  return path;
}

PartitionValues partition_values_of(const Json& json) {
  PartitionValues values;
  for (const auto& [name, value] : json.items()) {
    // An empty text is NULL for every type (Delta protocol, "Partition Value Serialization").
    const bool null = value.is_null() || value.get_ref<const std::string&>().empty();
    values[name] = null ? std::nullopt : std::optional<std::string>(value.get<std::string>());
  }
  return values;
}

Json partition_values_to_json(const PartitionValues& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) {
    if (value) {
      json[name] = *value;
    } else {
      json[name] = nullptr;
    }
  }
  return json;
}

std::string deletion_vector_of(const Json& json) {
  if (json.at("storageType").get<std::string>() == "p") {
    throw Error(Code::kUnsupported, "The Delta table has deletion vectors outside its folder.",
                "Shallow clones are not supported; make a deep copy.");
  }
  return json.dump();
}

Add add_of(const Json& json) {
  Add add;
  add.path = path_of(json);
  if (const Json* values = find(json, "partitionValues"))
    add.partition_values = partition_values_of(*values);
  add.size = integer_of(json, "size");
  add.modified_ms = integer_of(json, "modificationTime");
  add.data_change = boolean_of(json, "dataChange", true);
  add.stats = text_of(json, "stats");
  if (const Json* vector = find(json, "deletionVector"))
    add.deletion_vector = deletion_vector_of(*vector);
  if (const Json* tags = find(json, "tags")) {
    for (const auto& [key, value] : tags->items()) {
      if (value.is_string()) add.tags[key] = value.get<std::string>();
    }
  }
  return add;
}

Json add_to_json(const Add& add) {
  Json json;
  json["path"] = encode_path(add.path);
  json["partitionValues"] = partition_values_to_json(add.partition_values);
  json["size"] = add.size;
  json["modificationTime"] = add.modified_ms;
  json["dataChange"] = add.data_change;
  if (!add.stats.empty()) json["stats"] = add.stats;
  if (!add.deletion_vector.empty())
    json["deletionVector"] = parse_json(add.deletion_vector, "deletionVector");
  if (!add.tags.empty()) json["tags"] = add.tags;
  return json;
}

Remove remove_of(const Json& json) {
  Remove remove;
  remove.path = path_of(json);
  remove.deleted_ms = integer_of(json, "deletionTimestamp");
  remove.data_change = boolean_of(json, "dataChange", true);
  if (const Json* values = find(json, "partitionValues"))
    remove.partition_values = partition_values_of(*values);
  remove.size = integer_of(json, "size");
  return remove;
}

Json remove_to_json(const Remove& remove) {
  Json json;
  json["path"] = encode_path(remove.path);
  json["deletionTimestamp"] = remove.deleted_ms;
  json["dataChange"] = remove.data_change;
  if (remove.partition_values) {
    json["extendedFileMetadata"] = true;
    json["partitionValues"] = partition_values_to_json(*remove.partition_values);
    json["size"] = remove.size;
  }
  return json;
}

Metadata metadata_of(const Json& json) {
  Metadata metadata;
  metadata.id = text_of(json, "id");
  metadata.name = text_of(json, "name");
  metadata.description = text_of(json, "description");
  metadata.schema = schema_from_json(json.at("schemaString").get<std::string>());
  if (const Json* columns = find(json, "partitionColumns")) {
    metadata.partition_columns = columns->get<std::vector<std::string>>();
  }
  if (const Json* configuration = find(json, "configuration")) {
    for (const auto& [key, value] : configuration->items()) {
      if (value.is_string()) metadata.configuration[key] = value.get<std::string>();
    }
  }
  metadata.created_ms = integer_of(json, "createdTime");
  for (const std::string& column : metadata.partition_columns) {
    if (!metadata.schema.find(column)) {
      throw Error(
          Code::kDataLoss,
          "The Delta log names a partition column that the schema has not: '" + column + "'.");
    }
  }
  return metadata;
}

Json metadata_to_json(const Metadata& metadata) {
  Json json;
  json["id"] = metadata.id;
  if (!metadata.name.empty()) json["name"] = metadata.name;
  if (!metadata.description.empty()) json["description"] = metadata.description;
  json["format"] = {{"provider", "parquet"}, {"options", Json::object()}};
  json["schemaString"] = schema_to_json(metadata.schema);
  json["partitionColumns"] = metadata.partition_columns;
  json["configuration"] = Json::object();
  for (const auto& [key, value] : metadata.configuration) json["configuration"][key] = value;
  json["createdTime"] = metadata.created_ms;
  return json;
}

Protocol protocol_of(const Json& json) {
  Protocol protocol;
  protocol.reader = static_cast<int>(integer_of(json.at("minReaderVersion")));
  protocol.writer = static_cast<int>(integer_of(json.at("minWriterVersion")));
  if (const Json* features = find(json, "readerFeatures")) {
    protocol.reader_features = features->get<std::vector<std::string>>();
  }
  if (const Json* features = find(json, "writerFeatures")) {
    protocol.writer_features = features->get<std::vector<std::string>>();
  }
  return protocol;
}

Json protocol_to_json(const Protocol& protocol) {
  Json json;
  json["minReaderVersion"] = protocol.reader;
  json["minWriterVersion"] = protocol.writer;
  if (protocol.reader >= 3) json["readerFeatures"] = protocol.reader_features;
  if (protocol.writer >= 7) json["writerFeatures"] = protocol.writer_features;
  return json;
}

CommitInfo commit_info_of(const Json& json) {
  CommitInfo info;
  // Free-form: whatever has another type than usual is passed over.
  const auto text = [&](const char* key) {
    const Json* value = find(json, key);
    return value && value->is_string() ? value->get<std::string>() : std::string();
  };
  const auto integer = [&](const char* key, std::int64_t otherwise) {
    const Json* value = find(json, key);
    return value && value->is_number_integer() ? value->get<std::int64_t>() : otherwise;
  };
  info.timestamp_ms = integer("timestamp", 0);
  info.operation = text("operation");
  if (const Json* parameters = find(json, "operationParameters"))
    info.parameters = parameters->dump();
  if (const Json* metrics = find(json, "operationMetrics")) info.metrics = metrics->dump();
  info.engine = text("engineInfo");
  if (info.engine.empty()) info.engine = text("clientVersion");  // delta-rs
  info.user = text("userName");
  info.read_version = integer("readVersion", -1);
  const Json* blind = find(json, "isBlindAppend");
  info.blind_append = blind && blind->is_boolean() && blind->get<bool>();
  return info;
}

Json commit_info_to_json(const CommitInfo& info) {
  Json json;
  json["timestamp"] = info.timestamp_ms;
  if (!info.user.empty()) json["userName"] = info.user;
  json["operation"] = info.operation;
  json["operationParameters"] = parse_json(info.parameters, "operationParameters");
  if (info.read_version >= 0) json["readVersion"] = info.read_version;
  json["isBlindAppend"] = info.blind_append;
  if (info.metrics != "{}") json["operationMetrics"] = parse_json(info.metrics, "operationMetrics");
  json["engineInfo"] = info.engine;
  return json;
}

Json txn_to_json(const Txn& txn) {
  Json json;
  json["appId"] = txn.app_id;
  json["version"] = txn.version;
  if (txn.updated_ms > 0) json["lastUpdated"] = txn.updated_ms;
  return json;
}

}  // namespace

Json action_to_json(const Action& action) {
  return std::visit(Overloaded{
                        [](const CommitInfo& info) {
                          return Json{{"commitInfo", commit_info_to_json(info)}};
                        },
                        [](const Protocol& protocol) {
                          return Json{{"protocol", protocol_to_json(protocol)}};
                        },
                        [](const Metadata& metadata) {
                          return Json{{"metaData", metadata_to_json(metadata)}};
                        },
                        [](const Add& add) {
                          return Json{{"add", add_to_json(add)}};
                        },
                        [](const Remove& remove) {
                          return Json{{"remove", remove_to_json(remove)}};
                        },
                        [](const Txn& txn) {
                          return Json{{"txn", txn_to_json(txn)}};
                        },
                    },
                    action);
}

void actions_from_json(const Json& line, std::vector<Action>& actions) {
  if (!line.is_object()) throw Error(Code::kDataLoss, "A line is no JSON object.");
  if (const Json* json = find(line, "commitInfo")) actions.emplace_back(commit_info_of(*json));
  if (const Json* json = find(line, "protocol")) actions.emplace_back(protocol_of(*json));
  if (const Json* json = find(line, "metaData")) actions.emplace_back(metadata_of(*json));
  if (const Json* json = find(line, "add")) actions.emplace_back(add_of(*json));
  if (const Json* json = find(line, "remove")) actions.emplace_back(remove_of(*json));
  if (const Json* json = find(line, "txn")) {
    actions.emplace_back(Txn{.app_id = json->at("appId").get<std::string>(),
                             .version = integer_of(json->at("version")),
                             .updated_ms = integer_of(*json, "lastUpdated")});
  }
}

}  // namespace tarn::lake::delta::detail
