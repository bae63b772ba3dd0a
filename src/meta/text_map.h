#pragma once
// Tags, parameters and their like: rows of a key and a value.

#include <map>
#include <string>

#include "meta/rows.h"

namespace tarn::meta {

/// The first two columns of the rows, key and value.
inline std::map<std::string, std::string> text_map(const Rows& rows) {
  std::map<std::string, std::string> result;
  for (const Row& row : rows) result.emplace(row.text(0), row.text(1));
  return result;
}

}  // namespace tarn::meta
