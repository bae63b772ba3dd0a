#pragma once
// The full name of an object of a database.

#include <string>

#include "identity/scope.h"

namespace tarn::sql {

/// A two- or three-part name of T-SQL with its defaults filled in.
struct ObjectName {
  std::string database;
  std::string schema;
  std::string object;

  std::string text() const { return database + "." + schema + "." + object; }
  identity::Scope scope() const { return identity::Scope::object(database, schema, object); }
};

}  // namespace tarn::sql
