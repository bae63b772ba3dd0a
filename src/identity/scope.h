#pragma once
// Where an action takes place. Scopes form a tree: a role given on one holds for everything below
// it.
//
//   /                                   the workspace
//   /containers/<name>                  a container of the lake;  /containers/<name>/<path> a file
//   or folder /databases/<db>                     a database; then /schemas/<schema>, then
//   /objects/<table, view or procedure> /experiments/<id>                   an experiment;
//   /experiments/<id>/runs/<run> /jobs/<id>   /models/<name>

#include <string>
#include <string_view>

namespace tarn::identity {

class Scope {
 public:
  /// The workspace.
  Scope() = default;

  static Scope workspace() { return {}; }
  static Scope container(std::string_view name);
  static Scope file(std::string_view container, std::string_view path);
  static Scope database(std::string_view name);
  static Scope schema(std::string_view database, std::string_view schema);
  static Scope object(std::string_view database, std::string_view schema, std::string_view name);
  static Scope experiment(std::string_view id);
  static Scope run(std::string_view experiment_id, std::string_view run_id);
  static Scope job(std::string_view id);
  static Scope model(std::string_view name);

  /// Reads text(). Throws Error(kInvalidArgument): a scope starts with '/', has no empty part, and
  /// is at most kScopeBytesMax long.
  static Scope parse(std::string_view text);

  /// "/" for the workspace. Names of databases, schemas and objects are in lower case, as T-SQL
  /// compares them.
  const std::string& text() const { return text_; }

  /// Whether it is `other` or lies below it.
  bool within(const Scope& other) const;

  friend bool operator==(const Scope&, const Scope&) = default;

 private:
  explicit Scope(std::string text);

  std::string text_ = "/";
};

inline constexpr std::size_t kScopeBytesMax = 4096;

}  // namespace tarn::identity
