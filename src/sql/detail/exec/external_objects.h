#pragma once
// External data sources, file formats and tables, and the credentials of a database: names for
// places of the lake and for how files are written there. See docs/external-tables.md.
//
// Each is kept in the metadata store as the text of its CREATE statement, beside views and
// procedures; a credential's secret is sealed (identity/secrets.h), and only its identity is kept
// as text.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "detail/exec/statement_context.h"
#include "detail/syntax/ast.h"

namespace tarn::sql {

enum class ExternalKind { kTable, kDataSource, kFileFormat, kCredential };

struct ExternalObject {
  ExternalKind kind = ExternalKind::kTable;
  std::string database;
  std::string schema;  // of a table
  std::string name;
  std::string definition;
  Micros created = 0;
  Micros modified = 0;
};

/// `name.schema` counts for tables only.
std::optional<ExternalObject> find_external(const SessionState& session, ExternalKind kind,
                                            const ObjectName& name);
/// Of one database, by schema and name.
std::vector<ExternalObject> list_external(const SessionState& session, ExternalKind kind,
                                          const std::string& database);
/// kAlreadyExists is the caller's to find out.
void put_external(SessionState& session, const ExternalObject& object);
void remove_external(SessionState& session, const ExternalObject& object);
/// Those of a database that is dropped: the sealed secrets of its credentials.
void remove_credentials(SessionState& session, const std::string& database);

/// The options of a stored data source, file format or credential, by name in upper case; values as
/// text. Those in brackets come under their own names.
std::map<std::string, std::string> external_options(const ExternalObject& object);

/// CREATE EXTERNAL DATA SOURCE, EXTERNAL FILE FORMAT, DATABASE SCOPED CREDENTIAL: 46502 where there
/// is one, 102 for what is missing or unknown.
void create_external(Execution& run, const Frame& frame, const ast::CreateExternal& statement);
/// DROP of one of any kind. 3701; 46526 (by its text) for one that a table uses.
void drop_external(Execution& run, StatementContext& context, ast::ObjectKind kind,
                   const ast::Name& name, bool if_exists);

}  // namespace tarn::sql
