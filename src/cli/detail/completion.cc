#include "detail/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <set>

#include "app/home.h"
#include "base/text.h"
#include "detail/command_line.h"
#include "detail/context.h"
#include "pools/pools.h"

namespace tarn::cli {
namespace {

constexpr const char* kValuesMax = "500";  // of a kind

enum class Value {
  kFiles,
  kTable,
  kLakePath,
  kDatabase,
  kJob,
  kModel,
  kExperiment,
  kSqlPool,
  kPerformanceLevel,
  kNothing
};

// What an option or argument takes, by its name and the noun that it stands under. What is not
// named here is a local file, or free text.
Value value_of(const std::string& noun, const std::string& name) {
  if (name == "--table" || (noun == "table" && name == "table")) return Value::kTable;
  if (name == "--database") return Value::kDatabase;
  if (name == "--experiment" || (noun == "experiment" && name == "name")) return Value::kExperiment;
  if (name == "--model" || (noun == "model" && (name == "model" || name == "name")))
    return Value::kModel;
  if (noun == "job" && name == "name") return Value::kJob;
  if (noun == "sql-pool" && name == "name") return Value::kSqlPool;
  if (name == "--performance-level") return Value::kPerformanceLevel;
  if (noun == "automl" && name == "--data") return Value::kLakePath;
  if (noun == "lake" && (name == "path" || name == "from" || name == "to")) return Value::kLakePath;
  for (const char* local : {"file", "files", "--file", "--home"}) {
    if (name == local) return Value::kFiles;
  }
  return Value::kNothing;
}

class Values {
 public:
  explicit Values(Where where) : where_(std::move(where)) {}

  std::vector<Completions::Word> of(Value value, const std::string& typed) {
    switch (value) {
      case Value::kTable:
        return listed("/tables?limit=" + std::string(kValuesMax), "tables", "name");
      case Value::kDatabase:
        return databases();
      case Value::kJob:
        return listed("/jobs?limit=" + std::string(kValuesMax), "jobs", "name");
      case Value::kModel:
        return listed("/models?limit=" + std::string(kValuesMax), "models", "name");
      case Value::kExperiment:
        return listed("/experiments?limit=" + std::string(kValuesMax), "experiments", "name");
      case Value::kSqlPool:
        return listed("/sql-pools", "sqlPools", "name");
      case Value::kPerformanceLevel:
        return performance_levels();
      case Value::kLakePath:
        return lake_paths(typed);
      case Value::kFiles:
      case Value::kNothing:
        return {};
    }
    return {};
  }

 private:
  std::vector<Completions::Word> listed(const std::string& from, const char* member,
                                        const char* name) {
    std::vector<Completions::Word> words;
    const Json listing = answer(from);
    for (const auto& item : listing.at(member)) {
      std::string text = item.value(name, "");
      if (text.empty()) text = item.value("id", "");
      words.push_back({std::move(text), item.value("status", "")});
    }
    return words;
  }

  std::vector<Completions::Word> databases() {
    auto words = listed("/databases", "databases", "name");
    for (auto& pool : listed("/sql-pools", "sqlPools", "name")) words.push_back(std::move(pool));
    return words;
  }

  static std::vector<Completions::Word> performance_levels() {
    std::vector<Completions::Word> words;
    for (const std::string_view level : pools::kPerformanceLevels)
      words.push_back({std::string(level), ""});
    return words;
  }

  std::vector<Completions::Word> lake_paths(const std::string& typed) {
    const auto slash = typed.rfind('/');
    if (slash == std::string::npos) return {{"files/", "the primary container"}};
    const std::string folder = typed.substr(0, slash + 1);
    const Json listing = answer(target("/lake/list/", folder) + query({{"limit", kValuesMax}}));
    std::vector<Completions::Word> words;
    for (const auto& entry : listing.at("entries")) {
      std::string path = entry.value("path", "");
      if (entry.value("folder", false) && !path.ends_with('/')) path += '/';
      words.push_back({std::move(path), ""});
    }
    return words;
  }

  Json answer(const std::string& from) { return connect_at_once(where_)->json({.target = from}); }

  Where where_;
};

class Completer {
 public:
  Completer(const CLI::App& root, Where where) : app_(&root), where_(std::move(where)) {}

  Completions run(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) pass(words[i]);
    const std::string typed = words.empty() ? "" : words.back();
    const auto equals = typed.find('=');
    if (awaited_) {
      option_values(*awaited_, typed, "");
    } else if (!literal_ && typed.starts_with("--") && equals != std::string::npos) {
      if (const auto* option = option_named(typed.substr(0, equals)))
        option_values(*option, typed.substr(equals + 1), typed.substr(0, equals + 1));
    } else if (!literal_ && typed.starts_with('-')) {
      options(typed);
    } else if (!subcommands().empty()) {
      for (const auto* sub : subcommands()) add(sub->get_name(), sub->get_description(), typed);
    } else {
      argument(typed);
    }
    return std::move(result_);
  }

 private:
  // A word that is complete: an option, its value, a verb or an argument.
  void pass(const std::string& word) {
    if (awaited_) {
      remember(*awaited_, word);
      awaited_ = nullptr;
    } else if (!literal_ && word == "--") {
      literal_ = true;
    } else if (!literal_ && word.starts_with('-') && word.size() > 1) {
      const auto equals = word.find('=');
      const auto* option = option_named(word.substr(0, equals));
      if (!option || option->get_items_expected_max() == 0) return;
      if (equals == std::string::npos) {
        awaited_ = option;
      } else {
        remember(*option, word.substr(equals + 1));
      }
    } else {
      for (const auto* sub : subcommands()) {
        if (sub->get_name() != word) continue;
        if (noun_.empty()) noun_ = word;
        app_ = sub;
        return;
      }
      ++arguments_;
    }
  }

  // Options that say where to ask.
  void remember(const CLI::Option& option, const std::string& value) {
    if (option.check_name("--home")) where_.home = value;
    if (option.check_name("--url")) where_.url = value;
    if (option.check_name("--workspace")) where_.workspace = value;
  }

  std::vector<const CLI::App*> subcommands() const {
    return app_->get_subcommands([](const CLI::App* sub) { return !sub->get_group().empty(); });
  }
  std::vector<const CLI::Option*> options_here() const {
    std::vector<const CLI::Option*> list;
    for (const CLI::App* level = app_; level; level = level->get_parent()) {
      for (const auto* option : level->get_options()) list.push_back(option);
    }
    return list;
  }
  const CLI::Option* option_named(const std::string& name) const {
    for (const auto* option : options_here()) {
      if (!option->get_positional() && option->check_name(name)) return option;
    }
    return nullptr;
  }

  void options(const std::string& typed) {
    std::set<std::string> seen;
    for (const auto* option : options_here()) {
      for (const auto& name : option->get_lnames()) {
        if (seen.insert(name).second) add("--" + name, option->get_description(), typed);
      }
      if (option->get_lnames().empty() || typed == "-") {
        for (const auto& name : option->get_snames()) {
          if (typed.size() > 1 && seen.insert(name).second)
            add('-' + name, option->get_description(), typed);
        }
      }
    }
  }

  void option_values(const CLI::Option& option, const std::string& typed,
                     const std::string& prefix) {
    if (option.check_name("--output")) {
      for (const char* form : {"table", "json", "tsv", "csv"}) add(form, "", typed, prefix);
      return;
    }
    const auto& names = option.get_lnames();
    values(value_of(noun_, names.empty() ? "" : "--" + names.front()), typed, prefix);
  }

  // The argument at this place; the last one of several takes all that follow.
  void argument(const std::string& typed) {
    const CLI::Option* at = nullptr;
    int place = 0;
    for (const auto* option : app_->get_options()) {
      if (!option->get_positional()) continue;
      if (place <= arguments_) at = option;
      place += option->get_expected_max() > 1 ? 10'000 : 1;
    }
    if (!at || place <= arguments_) return;
    if (noun_ == "completion") {
      for (const char* shell : {"bash", "fish", "zsh"}) add(shell, "", typed);
      return;
    }
    values(value_of(noun_, at->get_name(true)), typed, "");
    // Local files first, then the lake's folder.
    if (noun_ == "lake" && at->get_name(true) == "files" && arguments_ > 0)
      values(Value::kLakePath, typed, "");
  }

  void values(Value value, const std::string& typed, const std::string& prefix) {
    if (value == Value::kFiles) {
      result_.files = Completions::Files::kAny;
      return;
    }
    try {
      for (const auto& word : Values(where_).of(value, typed))
        add(word.text, word.doc, typed, prefix);
    } catch (const std::exception&) {
      return;  // no server, no permission, a home in use: there is nothing to propose
    }
  }

  void add(const std::string& text, const std::string& doc, const std::string& typed,
           const std::string& prefix = "") {
    if (text.starts_with(typed)) result_.words.push_back({prefix + text, doc});
  }

  const CLI::App* app_;
  Where where_;
  std::string noun_;
  const CLI::Option* awaited_ = nullptr;
  bool literal_ = false;
  int arguments_ = 0;
  Completions result_;
};

}  // namespace

Completions complete(const CLI::App& root, const std::vector<std::string>& words,
                     const Where& where) noexcept {
  try {
    return Completer(root, where).run(words);
  } catch (const std::exception&) {
    return {};
  }
}

std::vector<std::string> words_of_line(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else if (c == '\\' && quote == '"' && i + 1 < line.size()) {
        word += line[++i];
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      begun = true;
    } else if (c == '\\' && i + 1 < line.size()) {
      word += line[++i];
      begun = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (begun) words.push_back(std::move(word));
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  words.push_back(std::move(word));
  return words;
}

int complete_main(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  if (arguments.size() == 2 && arguments[0] == "--line") {
    words = words_of_line(arguments[1]);
    words.erase(words.begin());  // the program itself
  } else if (!arguments.empty() && arguments[0] == "--") {
    words.assign(arguments.begin() + 1, arguments.end());
  }
  const Completions found = complete_command_line(words);
  for (const auto& [text, doc] : found.words)
    std::printf("%s%s%s\n", text.c_str(), doc.empty() ? "" : "\t", doc.c_str());
  if (found.files == Completions::Files::kAny) std::printf(":files\n");
  return kOk;
}

}  // namespace tarn::cli
