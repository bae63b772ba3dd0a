#pragma once
// The API cursors of a session: results kept in the engine, read in any direction.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "detail/bind/bound.h"

namespace tarn::sql {

class Staged;  // staged.h

struct Cursor {
  std::unique_ptr<Staged> rows;
  std::vector<bound::ResultColumn> columns;
  std::string name;           // of sp_cursoroption
  std::int64_t position = 0;  // of the first row of the last fetch, from 1; 0 is before the first
  std::int64_t fetched = 0;   // rows of the last fetch
  bool forward_only = false;
};

class CursorSet {
 public:
  static constexpr std::size_t kCursorsMax = 1000;

  CursorSet();
  ~CursorSet();
  CursorSet(const CursorSet&) = delete;

  /// Its number, which no client takes for a prepared statement's. Error 701 over the limit.
  int add(Cursor cursor);
  Cursor* find(std::int64_t number);
  bool remove(std::int64_t number);
  void clear();

 private:
  static constexpr int kFirst = 180'150'003;  // where SQL Server's numbers begin, too

  std::map<std::int64_t, Cursor> cursors_;
  int next_ = kFirst;
};

}  // namespace tarn::sql
