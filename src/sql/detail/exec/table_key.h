#pragma once
// PRIMARY KEY and UNIQUE: of a lake table NOT ENFORCED and kept for the catalog, of a temporary one
// enforced.

#include <string>
#include <vector>

namespace tarn::sql {

struct TableKey {
  std::string name;
  bool primary = false;
  bool named_by_system = false;
  std::vector<std::string> columns;

  bool operator==(const TableKey&) const = default;
};

}  // namespace tarn::sql
