#include "detail/sql_completion.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "detail/sql_scan.h"
#include "sql/vocabulary.h"

namespace tarn::cli {
namespace {

using Kind = SqlToken::Kind;

const std::vector<std::string>& keywords() {
  static const std::vector<std::string> words = sql::keywords();
  return words;
}

bool is_one_of(const SqlToken& token, std::initializer_list<const char*> words) {
  return token.kind == Kind::kWord && std::ranges::any_of(words, [&](const char* word) {
           return equal_ignoring_case(token.text, word);
         });
}

bool is_dot(const SqlToken& token) { return token.kind == Kind::kPunctuation && token.text == "."; }

bool is_name(const SqlToken& token) {
  return token.kind == Kind::kName ||
         (token.kind == Kind::kWord && !sql::is_reserved_word(token.text));
}

// A table or view that the text uses.
struct Source {
  std::string object;  // as T-SQL writes it
  std::string last;    // its own name, without database and schema
  std::string alias;
};

// What follows FROM, JOIN, INTO, UPDATE, and commas after FROM.
std::vector<Source> sources_of(const std::vector<SqlToken>& tokens) {
  std::vector<Source> sources;
  bool in_from = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool comma = tokens[i].kind == Kind::kPunctuation && tokens[i].text == ",";
    if (is_one_of(tokens[i], {"FROM", "JOIN"})) {
      in_from = true;
    } else if (is_one_of(tokens[i], {"WHERE", "GROUP", "ORDER", "SELECT", "SET", "VALUES"})) {
      in_from = false;
    }
    if (!is_one_of(tokens[i], {"FROM", "JOIN", "INTO", "UPDATE"}) && !(comma && in_from)) continue;
    Source source;
    std::size_t at = i + 1;
    while (at < tokens.size() && is_name(tokens[at])) {
      source.last = tokens[at].text;
      source.object += quoted_name(source.last);
      if (at + 1 >= tokens.size() || !is_dot(tokens[at + 1])) break;
      source.object += '.';
      at += 2;
    }
    if (source.last.empty() || source.object.ends_with('.')) continue;
    ++at;
    if (at < tokens.size() && is_one_of(tokens[at], {"AS"})) ++at;
    if (at < tokens.size() && is_name(tokens[at])) source.alias = tokens[at].text;
    sources.push_back(std::move(source));
  }
  return sources;
}

// What is being typed: qualifiers, the word's beginning, and what stands before.
struct Position {
  std::size_t start = 0;
  std::string typed;  // without an opening bracket
  std::vector<std::string> qualifiers;
  const SqlToken* before = nullptr;
};

Position position_of(const SqlScan& scan, std::size_t cursor) {
  Position position{.start = cursor, .typed = {}, .qualifiers = {}, .before = nullptr};
  const auto& tokens = scan.tokens;
  std::size_t at = tokens.size();
  if (at > 0 && tokens[at - 1].end == cursor &&
      (tokens[at - 1].kind == Kind::kWord || (tokens[at - 1].kind == Kind::kName && scan.open))) {
    --at;
    position.start = tokens[at].start;
    position.typed = tokens[at].text;
  }
  std::vector<std::string> backwards;
  while (at >= 2 && is_dot(tokens[at - 1]) &&
         (tokens[at - 2].kind == Kind::kWord || tokens[at - 2].kind == Kind::kName)) {
    backwards.push_back(tokens[at - 2].text);
    at -= 2;
  }
  position.qualifiers.assign(backwards.rbegin(), backwards.rend());
  if (at > 0) position.before = &tokens[at - 1];
  return position;
}

class Suggester {
 public:
  Suggester(std::string_view text, std::size_t cursor, std::string database, SqlNames& names)
      : database_(std::move(database)),
        names_(names),
        whole_(scan_sql(text)),
        head_(scan_sql(text.substr(0, cursor))),
        position_(position_of(head_, cursor)) {}

  Suggestions run() {
    const bool in_string =
        !head_.tokens.empty() && head_.open && head_.tokens.back().kind == Kind::kString;
    const bool in_comment = head_.open && !in_string && position_.typed.empty() &&
                            (head_.tokens.empty() || head_.tokens.back().kind != Kind::kName);
    if (!in_string && !in_comment) {
      if (position_.qualifiers.empty()) {
        unqualified();
      } else {
        qualified();
      }
    }
    return {position_.start, {found_.begin(), found_.end()}};
  }

 private:
  void name(const std::string& candidate, const char* after = "") {
    if (starts(candidate)) found_.insert(quoted_name(candidate) + after);
  }
  void word(const std::string& candidate) {
    if (position_.typed.empty() || !starts(candidate)) return;
    const bool lower = std::islower(static_cast<unsigned char>(position_.typed.back())) != 0;
    found_.insert(lower ? to_lower(candidate) : candidate);
  }
  bool starts(const std::string& candidate) const {
    return equal_ignoring_case(std::string_view(candidate).substr(0, position_.typed.size()),
                               position_.typed);
  }

  void unqualified() {
    const SqlToken none{Kind::kPunctuation, "", 0, 0};
    const SqlToken& before = position_.before ? *position_.before : none;
    if (is_one_of(before, {"USE", "DATABASE"})) {
      for (const auto& database : names_.databases()) name(database);
    } else if (is_one_of(before, {"EXEC", "EXECUTE", "PROC", "PROCEDURE"})) {
      objects(database_, "", {SqlObject::Kind::kProcedure});
      schemas(database_);
    } else if (is_one_of(before, {"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW", "APPLY"})) {
      objects(database_, "", {SqlObject::Kind::kTable, SqlObject::Kind::kView});
      schemas(database_);
      for (const auto& database : names_.databases()) name(database, ".");
    } else {
      if (is_one_of(before, {"SCHEMA"})) schemas(database_);
      for (const auto& source : sources_of(whole_.tokens)) {
        for (const auto& column : names_.columns(database_, source.object)) name(column);
        if (!position_.typed.empty()) name(source.alias.empty() ? source.last : source.alias, ".");
      }
      for (const auto& function : sql::builtin_functions()) word(function + "(");
      for (const auto& keyword : keywords()) word(keyword);
      if (!position_.typed.empty()) objects(database_, "", {SqlObject::Kind::kFunction});
    }
  }

  void qualified() {
    const auto& of = position_.qualifiers;
    if (of.size() == 1) {
      for (const auto& source : sources_of(whole_.tokens)) {
        if (!equal_ignoring_case(of[0], source.alias) && !equal_ignoring_case(of[0], source.last))
          continue;
        for (const auto& column : names_.columns(database_, source.object)) name(column);
      }
      objects(database_, of[0], {});
      if (has(names_.databases(), of[0])) schemas(of[0]);
    } else if (of.size() == 2) {
      objects(of[0], of[1], {});
    }
  }

  // Of one schema, or of all with their schema where it is not dbo.
  void objects(const std::string& database, const std::string& schema,
               std::initializer_list<SqlObject::Kind> kinds) {
    for (const auto& object : names_.objects(database)) {
      if (kinds.size() > 0 && std::ranges::find(kinds, object.kind) == kinds.end()) continue;
      const bool of_schema = equal_ignoring_case(object.schema, schema.empty() ? "dbo" : schema);
      if (of_schema) name(object.name);
    }
  }
  void schemas(const std::string& database) {
    for (const auto& schema : names_.schemas(database)) name(schema, ".");
  }
  static bool has(const std::vector<std::string>& list, const std::string& wanted) {
    return std::ranges::any_of(
        list, [&](const std::string& one) { return equal_ignoring_case(one, wanted); });
  }

  std::string database_;
  SqlNames& names_;
  SqlScan whole_, head_;
  Position position_;
  std::set<std::string> found_;
};

}  // namespace

std::string quoted_name(const std::string& name) {
  const bool regular =
      !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
      std::ranges::all_of(name, [](unsigned char c) {
        return c >= 0x80 || std::isalnum(c) || c == '_' || c == '@' || c == '#' || c == '$';
      });
  if (regular && !sql::is_reserved_word(name)) return name;
  std::string text = "[";
  for (const char c : name) {
    text += c;
    if (c == ']') text += c;
  }
  return text + ']';
}

Suggestions suggest_sql(std::string_view text, std::size_t cursor, const std::string& database,
                        SqlNames& names) {
  return Suggester(text, cursor, database, names).run();
}

void KeptNames::forget() {
  databases_.reset();
  schemas_.clear();
  objects_.clear();
  columns_.clear();
}

std::vector<std::string> KeptNames::databases() {
  if (!databases_) databases_ = source_.databases();
  return *databases_;
}

std::vector<std::string> KeptNames::schemas(const std::string& database) {
  const auto kept = schemas_.find(database);
  return kept != schemas_.end() ? kept->second : schemas_[database] = source_.schemas(database);
}

std::vector<SqlObject> KeptNames::objects(const std::string& database) {
  const auto kept = objects_.find(database);
  return kept != objects_.end() ? kept->second : objects_[database] = source_.objects(database);
}

std::vector<std::string> KeptNames::columns(const std::string& database,
                                            const std::string& object) {
  const auto kept = columns_.find({database, object});
  return kept != columns_.end() ? kept->second
                                : columns_[{database, object}] = source_.columns(database, object);
}

}  // namespace tarn::cli
