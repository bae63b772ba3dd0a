// Azure ML's MLTable file: paths and the steps that make a table of them. The steps that read are
// here, and the choice of columns; all others are refused by name, because a model of other rows is
// another model.

#include <algorithm>

#include "base/text.h"
#include "base/yaml.h"
#include "detail/spec_section.h"
#include "detail/training_data.h"
#include "engine/type.h"

namespace tarn::jobs::detail {
namespace {

constexpr std::size_t kMltableBytesMax = 1u << 20;

constexpr KeyRule kFileKeys[] = {{"$schema", Treatment::kQuiet},
                                 {"type", Treatment::kQuiet},
                                 {"paths"},
                                 {"transformations"},
                                 {"metadata", Treatment::kQuiet}};
constexpr KeyRule kDelimitedKeys[] = {{"delimiter"},
                                      {"header"},
                                      {"encoding"},
                                      {"infer_column_types", Treatment::kQuiet},
                                      {"support_multi_line", Treatment::kQuiet},
                                      {"empty_as_string", Treatment::kQuiet},
                                      {"include_path_column", Treatment::kRefused, "Leave it out."},
                                      {"partition_size", Treatment::kQuiet},
                                      {"path_column", Treatment::kRefused, "Leave it out."}};
constexpr KeyRule kDeltaKeys[] = {{"version_as_of"},
                                  {"timestamp_as_of", Treatment::kRefused, "Use version_as_of."},
                                  {"include_path_column", Treatment::kRefused, "Leave it out."}};

struct Steps {
  bool delta = false;
  std::optional<std::int64_t> version;
  Delimited delimited;
  std::string columns;  // of the select list
};

std::string name_list(const Yaml& value) {
  std::string list;
  if (value.kind() == Yaml::Kind::kScalar) return engine::quote_name(value.as_string());
  for (const Yaml& item : value.items())
    list += (list.empty() ? "" : ", ") + engine::quote_name(item.as_string());
  return list;
}

Delimited read_delimited(const Yaml& map) {
  Delimited format;
  if (map.kind() != Yaml::Kind::kMap) return format;
  std::vector<Skipped> skipped;
  const Section section(map, "read_delimited", "read_delimited.", kDelimitedKeys, skipped);
  if (const Yaml* delimiter = section.find("delimiter")) format.delimiter = delimiter->as_string();
  if (const Yaml* header = section.find("header")) {
    constexpr std::string_view kHeaders[] = {"all_files_same_headers",
                                             "from_first_file",
                                             "all_files_different_headers",
                                             "no_header",
                                             "true",
                                             "false"};
    const std::size_t index = read_enum(*header, "header", kHeaders);
    format.header = index != 3 && index != 5;
  }
  if (const Yaml* encoding = section.find("encoding")) {
    constexpr std::string_view kEncodings[] = {"utf8", "utf-8", "ascii", "us-ascii"};
    read_enum(*encoding, "encoding", kEncodings);
  }
  return format;
}

void read_step(const std::string& name, const Yaml& value, const Yaml& place, Steps& steps) {
  if (name == "read_parquet") return;
  if (name == "read_delimited") {
    steps.delimited = read_delimited(value);
  } else if (name == "read_delta_lake") {
    steps.delta = true;
    if (value.kind() != Yaml::Kind::kMap) return;
    std::vector<Skipped> skipped;
    const Section section(value, "read_delta_lake", "read_delta_lake.", kDeltaKeys, skipped);
    if (const Yaml* version = section.find("version_as_of")) steps.version = version->as_int();
  } else if (name == "keep_columns") {
    steps.columns = name_list(value);
  } else if (name == "drop_columns") {
    steps.columns = "* EXCLUDE (" + name_list(value) + ")";
  } else {
    const std::vector<std::string> known = {"read_parquet", "read_delimited", "read_delta_lake",
                                            "keep_columns", "drop_columns"};
    std::string hint = did_you_mean(name, known);
    if (hint.empty()) hint = "Make a table with the rows that you want, and train on that.";
    throw Error(Code::kUnsupported,
                "the MLTable step '" + name + "' is not in this version of Tarn.", hint)
        .at(place.place());
  }
}

Steps read_steps(const Yaml* list) {
  Steps steps;
  if (list == nullptr) return steps;
  for (const Yaml& item : list->items()) {
    if (item.kind() == Yaml::Kind::kScalar) {
      read_step(item.as_string(), item, item, steps);
      continue;
    }
    for (const auto& [key, value] : item.entries()) read_step(key.as_string(), value, key, steps);
  }
  return steps;
}

lake::LakePath read_path(const Yaml& paths, const lake::LakePath& base) {
  if (paths.items().size() != 1 || paths.items()[0].entries().size() != 1) {
    throw Error(Code::kUnsupported, "an MLTable with several paths is not in this version of Tarn.",
                "Use one pattern, such as pattern: ./*.csv.")
        .at(paths.place());
  }
  const auto& [kind, value] = paths.items()[0].entries()[0];
  std::string text = value.as_string();
  if (kind.as_string() != "file" && kind.as_string() != "folder" && kind.as_string() != "pattern") {
    kind.fail("unknown key '" + kind.as_string() + "' in paths.", "It is file, folder or pattern.");
  }
  if (text.find("://") != std::string::npos) return lake::parse_pattern(text);
  while (text.starts_with("./")) text.erase(0, 2);
  if (text.empty() || text == ".") return base;
  return lake::parse_below(base, text, true);
}

}  // namespace

TrainingData resolve_mltable(const lake::LakePath& base, lake::Catalog& catalog) {
  const lake::LakePath file = lake::parse_below(base, "MLTable");
  if (!catalog.lake().find(file)) {
    throw Error(Code::kNotFound,
                "The folder is no MLTable: it has no file named MLTable: '" + base.text() + "'.",
                "Write type: uri_folder to train on the files in it.");
  }
  const Yaml document = Yaml::parse(catalog.lake().read(file, kMltableBytesMax), file.text());
  std::vector<Skipped> skipped;
  const Section section(document, "an MLTable", "", kFileKeys, skipped);
  const lake::LakePath path = read_path(section.require("paths"), base);
  const Steps steps = read_steps(section.find("transformations"));
  TrainingData data = steps.delta ? resolve_delta(path, steps.version, catalog)
                                  : resolve_files(path, steps.delimited, catalog);
  if (!steps.columns.empty()) {
    data.columns.clear();
    data.query = "SELECT " + steps.columns + " FROM (" + data.query + ")";
  }
  data.source = base.text();
  return data;
}

}  // namespace tarn::jobs::detail
