#include "detail/exec/cursors.h"

#include <algorithm>

#include "detail/bind/binder.h"
#include "detail/exec/arguments.h"
#include "detail/exec/cursor_set.h"
#include "detail/exec/describe.h"
#include "detail/exec/failure.h"
#include "detail/exec/prepared.h"
#include "detail/exec/procedures.h"
#include "detail/exec/query_run.h"
#include "detail/exec/staged.h"

namespace tarn::sql {
namespace {

// @scrollopt and @ccopt.
constexpr std::int64_t kForwardOnly = 0x4;
constexpr std::int64_t kStatic = 0x8;
constexpr std::int64_t kFastForward = 0x10;
constexpr std::int64_t kParametrised = 0x1000;
constexpr std::int64_t kReadOnly = 0x1;

// @fetchtype.
constexpr std::int64_t kFirst = 0x1;
constexpr std::int64_t kNext = 0x2;
constexpr std::int64_t kPrevious = 0x4;
constexpr std::int64_t kLast = 0x8;
constexpr std::int64_t kAbsolute = 0x10;
constexpr std::int64_t kRelative = 0x20;
constexpr std::int64_t kRefresh = 0x80;
constexpr std::int64_t kInfo = 0x100;
constexpr std::int64_t kPreviousUnadjusted = 0x200;
constexpr std::int64_t kSkipConcurrency = 0x400;

/// Each row of a fetch has it as its last column: 1, the row is there.
constexpr const char* kRowStatus = "ROWSTAT";

/// Where a cursor procedure has its arguments.
struct Places {
  std::size_t cursor;
  std::size_t scroll;
  std::size_t concurrency;
  std::size_t rows;
};

void tell(Execution& run, Frame& caller, const ast::Execute& statement, const Places& places,
          int cursor, std::int64_t scroll, std::int64_t rows) {
  set_output(run, caller, statement, places.cursor, cursor);
  set_output(run, caller, statement, places.scroll, scroll);
  set_output(run, caller, statement, places.concurrency, kReadOnly);
  set_output(run, caller, statement, places.rows, rows);
}

Cursor& require_cursor(Execution& run, const Frame& caller, const ast::Execute& statement,
                       const char* procedure) {
  const std::int64_t number = number_argument(run, caller, statement, 0).value_or(0);
  if (Cursor* cursor = run.session.cursors.find(number)) return *cursor;
  throw failure_of(Code::kNotFound, 16909, 16, 1,
                   std::string(procedure) + ": The cursor identifier value provided (" +
                       std::to_string(number) + ") is not valid.",
                   statement.target_span);
}

std::vector<bound::ResultColumn> with_row_status(std::vector<bound::ResultColumn> columns) {
  columns.push_back({kRowStatus, SqlType::integer(), false});
  return columns;
}

const ast::Query* single_query(const ast::Batch& batch) {
  if (batch.statements.size() != 1) return nullptr;
  const auto* select = std::get_if<ast::SelectStatement>(&batch.statements.front()->node);
  if (!select) return nullptr;
  const auto* body = std::get_if<ast::Select>(&select->query->term->node);
  return body && body->into ? nullptr : select->query.get();
}

/// Opens a cursor over the text; where that is no single query, its results go to the client.
void open(Execution& run, Frame& caller, const ast::Execute& statement, const PreparedText& text,
          std::size_t values, const Places& places) {
  const std::int64_t wanted = number_argument(run, caller, statement, places.scroll).value_or(0);
  const DeclaredParameters declared(run.session, text.declarations);
  const ParsedText parsed(run.session.texts, text.text);
  const ast::Query* query = single_query(parsed.batch());
  if (!query) {
    run_parametrised(run, caller, statement, values, text.declarations, text.text, "sp_cursoropen");
    tell(run, caller, statement, places, 0, 0, -1);
    return;
  }
  const Arguments arguments =
      matched(declared.list(), arguments_of(statement, values), "sp_cursoropen");
  Frame frame = bound_parameters(run, caller, declared.list(), arguments, "sp_cursoropen");
  frame.database = caller.database;
  const auto context = make_context(run, frame);
  const Translation translation = translate(Binder(*context).bind_query(*query));
  Cursor cursor;
  cursor.columns = translation.columns;
  cursor.rows = std::make_unique<Staged>(run, translation.engine_sql);
  cursor.forward_only = (wanted & (kForwardOnly | kFastForward)) != 0 && (wanted & kStatic) == 0;
  const std::int64_t rows = cursor.rows->rows();
  const std::int64_t kind = !cursor.forward_only ? kStatic : wanted & (kForwardOnly | kFastForward);
  run.sink.on_columns(result_columns(with_row_status(cursor.columns)));
  run.sink.on_rows_end(0);
  const int number = run.session.cursors.add(std::move(cursor));
  tell(run, caller, statement, places, number, kind, rows);
  give_return_code(run, caller, statement, 0);
}

/// The first row and the number of rows of a fetch; rows count from 1.
struct Window {
  std::int64_t first = 0;
  std::int64_t rows = 0;
};

Window window_of(const Cursor& cursor, std::int64_t type, std::int64_t row, std::int64_t count) {
  const std::int64_t all = cursor.rows->rows();
  switch (type) {
    case kFirst:
      return {count == 0 ? 0 : 1, count};
    case kNext:
      return {
          cursor.position + std::max<std::int64_t>(cursor.fetched, cursor.position == 0 ? 1 : 0),
          count};
    case kPrevious:
    case kPreviousUnadjusted: {
      const std::int64_t first = cursor.position - count;
      if (first >= 1) return {first, count};
      // What lies before the first row is left out; PREV fills the buffer from the first row on.
      if (type == kPrevious && cursor.position > 1) return {1, count};
      return {0, std::max<std::int64_t>(0, cursor.position - 1)};
    }
    case kLast:
      return {count == 0 ? all + 1 : std::max<std::int64_t>(1, all - count + 1), count};
    case kAbsolute:
      return {row >= 0 ? row : all + row + 1, count};
    case kRelative:
      return {cursor.position + row, count};
    default:
      return {cursor.position, cursor.fetched};  // REFRESH
  }
}

void send_window(Execution& run, Cursor& cursor, Window window) {
  const std::int64_t all = cursor.rows->rows();
  const std::int64_t first = std::clamp<std::int64_t>(window.first, 0, all + 1);
  const std::int64_t from = std::max<std::int64_t>(window.first, 1);
  const std::int64_t to = std::min(window.first + window.rows - 1, all);
  cursor.position = first;
  cursor.fetched = std::max<std::int64_t>(0, to - from + 1);
  Translation translation;
  translation.engine_sql = "SELECT *, CAST(1 AS INTEGER) AS c" +
                           std::to_string(cursor.columns.size()) + " FROM " + cursor.rows->name() +
                           " WHERE rowid BETWEEN " + std::to_string(from - 1) + " AND " +
                           std::to_string(to - 1) + " ORDER BY rowid";
  translation.columns = with_row_status(cursor.columns);
  send_rows(run, translation);
}

}  // namespace

CursorSet::CursorSet() = default;
CursorSet::~CursorSet() = default;

int CursorSet::add(Cursor cursor) {
  if (cursors_.size() >= kCursorsMax) {
    throw failure_of(
        Code::kResourceExhausted, 701, 17, 123,
        "The session has too many open cursors: " + std::to_string(cursors_.size()) + ".", {},
        "Close those that are not needed.");
  }
  cursors_.emplace(next_, std::move(cursor));
  const int number = next_;
  next_ += 2;
  return number;
}

Cursor* CursorSet::find(std::int64_t number) {
  const auto found = cursors_.find(number);
  return found == cursors_.end() ? nullptr : &found->second;
}

bool CursorSet::remove(std::int64_t number) { return cursors_.erase(number) > 0; }

void CursorSet::clear() { cursors_.clear(); }

void open_cursor(Execution& run, Frame& caller, const ast::Execute& statement) {
  constexpr Places kPlaces{0, 2, 3, 4};
  PreparedText text;
  text.text = text_argument(run, caller, statement, 1, "@stmt");
  std::size_t values = std::min<std::size_t>(5, statement.arguments.size());
  const std::int64_t wanted = number_argument(run, caller, statement, kPlaces.scroll).value_or(0);
  if ((wanted & kParametrised) && statement.arguments.size() > 5) {
    text.declarations = text_argument(run, caller, statement, 5, "@params");
    values = 6;
  }
  open(run, caller, statement, text, values, kPlaces);
}

void prepare_cursor(Execution& run, Frame& caller, const ast::Execute& statement) {
  PreparedText text;
  text.declarations = text_argument(run, caller, statement, 1, "@params");
  text.text = text_argument(run, caller, statement, 2, "@stmt");
  const ParsedText parsed(run.session.texts, text.text);
  show_columns(run, caller, text.text, text.declarations);
  set_output(run, caller, statement, 0, run.session.prepared.add(std::move(text)));
  set_output(run, caller, statement, 4, kStatic);
  set_output(run, caller, statement, 5, kReadOnly);
  give_return_code(run, caller, statement, 0);
}

void execute_prepared_cursor(Execution& run, Frame& caller, const ast::Execute& statement) {
  const std::int64_t handle = number_argument(run, caller, statement, 0).value_or(0);
  const PreparedText* found = run.session.prepared.find(handle);
  if (!found) {
    throw failure_of(
        Code::kNotFound, 8179, 16, 2,
        "Could not find prepared statement with handle " + std::to_string(handle) + ".",
        statement.target_span);
  }
  const PreparedText text = *found;
  open(run, caller, statement, text, std::min<std::size_t>(5, statement.arguments.size()),
       {1, 2, 3, 4});
}

void prepare_and_open_cursor(Execution& run, Frame& caller, const ast::Execute& statement) {
  PreparedText text;
  text.declarations = text_argument(run, caller, statement, 2, "@params");
  text.text = text_argument(run, caller, statement, 3, "@stmt");
  const ParsedText parsed(run.session.texts, text.text);
  if (const auto old = number_argument(run, caller, statement, 0))
    run.session.prepared.remove(*old);
  set_output(run, caller, statement, 0, run.session.prepared.add(text));
  open(run, caller, statement, text, std::min<std::size_t>(7, statement.arguments.size()),
       {1, 4, 5, 6});
}

void fetch_cursor(Execution& run, Frame& caller, const ast::Execute& statement) {
  Cursor& cursor = require_cursor(run, caller, statement, "sp_cursorfetch");
  const std::int64_t type =
      number_argument(run, caller, statement, 1).value_or(kNext) & ~kSkipConcurrency;
  if (type == kInfo) {
    set_output(run, caller, statement, 2, cursor.position);
    set_output(run, caller, statement, 3, cursor.rows->rows());
    return give_return_code(run, caller, statement, 0);
  }
  const bool known = type == kFirst || type == kNext || type == kPrevious || type == kLast ||
                     type == kAbsolute || type == kRelative || type == kRefresh ||
                     type == kPreviousUnadjusted;
  if (!known) {
    throw failure_of(Code::kInvalidArgument, 16902, 16, 11,
                     "sp_cursorfetch: The value of the parameter 'fetchtype' is invalid.",
                     statement.target_span);
  }
  if (cursor.forward_only && type != kNext && type != kFirst) {
    throw failure_of(Code::kInvalidArgument, 16911, 16, 1,
                     "sp_cursorfetch: The fetch type cannot be used with forward only cursors.",
                     statement.target_span);
  }
  const std::int64_t row = number_argument(run, caller, statement, 2).value_or(0);
  const std::int64_t count = number_argument(run, caller, statement, 3).value_or(20);
  if (count < 0 || count > kFetchRowsMax) {
    throw failure_of(Code::kInvalidArgument, 16902, 16, 12,
                     "sp_cursorfetch: The value of the parameter 'nrows' is invalid.",
                     statement.target_span, "From 0 to " + std::to_string(kFetchRowsMax) + ".");
  }
  send_window(run, cursor, window_of(cursor, type, row, count));
  give_return_code(run, caller, statement, 0);
}

void set_cursor_option(Execution& run, Frame& caller, const ast::Execute& statement) {
  constexpr std::int64_t kName = 2;
  Cursor& cursor = require_cursor(run, caller, statement, "sp_cursoroption");
  // The other codes say how text and image columns come, which is one way here.
  if (number_argument(run, caller, statement, 1) == kName)
    cursor.name = text_argument(run, caller, statement, 2, "@value");
  give_return_code(run, caller, statement, 0);
}

void close_cursor(Execution& run, Frame& caller, const ast::Execute& statement) {
  constexpr std::int64_t kAll = -1;
  const std::int64_t number = number_argument(run, caller, statement, 0).value_or(0);
  if (number == kAll) {
    run.session.cursors.clear();
  } else {
    require_cursor(run, caller, statement, "sp_cursorclose");
    run.session.cursors.remove(number);
  }
  give_return_code(run, caller, statement, 0);
}

void refuse_cursor_change(Execution& run, Frame& caller, const ast::Execute& statement) {
  require_cursor(run, caller, statement, "sp_cursor");
  throw failure_of(Code::kUnsupported, 16929, 16, 1, "The cursor is READ ONLY.",
                   statement.target_span, "Change rows with UPDATE and DELETE.");
}

}  // namespace tarn::sql
