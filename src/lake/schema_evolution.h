#pragma once
// How a table's schema grows to hold new rows, when the writer asks for it.

#include <string>
#include <vector>

#include "engine/database.h"
#include "lake/delta_schema.h"

namespace tarn::lake::delta {

/// The table's schema with what `incoming` has more: new columns at the end (they may be NULL, as
/// old files have none), new fields of structs, and byte and short columns widened to short or
/// integer, which Parquet stores alike. An incoming column that the table's type can hold as it is
/// (a narrower one) changes nothing. Names are matched without regard to ASCII case and keep the
/// table's. Throws kUnsupported (typeWidening, by name) for a wider type that old files cannot be
/// read as, kInvalidArgument for types that do not go together; both name the column.
Schema merged_schema(const Schema& table, const Schema& incoming);

/// The schema of a query's columns, all of them nullable. Throws kUnsupported, naming the column,
/// for types that Delta has not (unsigned 64-bit and huge integers, times, intervals, UUIDs, …:
/// cast them).
Schema schema_of(const std::vector<engine::ColumnInfo>& columns);

/// Refuses incoming columns that the table has not, and lacking ones that may not be NULL; for an
/// append that leaves the schema as it is. Throws kInvalidArgument with what to do.
void check_columns(const Schema& table, const Schema& incoming);

/// Engine SQL that gives the columns of `schema`, in order, from a query with the columns of
/// `incoming`: by name, NULL where it has none.
std::string columns_by_name_sql(const Schema& schema, const Schema& incoming,
                                const std::string& select_sql);

}  // namespace tarn::lake::delta
