// External tables, data sources, file formats, credentials, and time zones.

#include <algorithm>

#include "detail/exec/catalog/catalog_view.h"
#include "detail/exec/object_ids.h"
#include "detail/exec/value_text.h"
#include "detail/functions/moment_text.h"
#include "detail/functions/time_zones.h"

namespace tarn::sql {
namespace {

using Options = std::map<std::string, std::string>;

/// The number of what is no object of a schema.
std::int32_t external_id(const CatalogReader& reader, const char* kind, const std::string& name) {
  return object_id({reader.database, kind, name});
}

Cell option_of(const Options& options, const char* name) {
  const auto found = options.find(name);
  return found == options.end() ? Cell() : Cell(found->second);
}

Cell option_id(const CatalogReader& reader, const Options& options, const char* name,
               const char* kind) {
  const auto found = options.find(name);
  return found == options.end() ? Cell() : number_cell(external_id(reader, kind, found->second));
}

void external_table_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const CatalogObject& object : reader.objects().objects()) {
    if (!object.external) continue;
    const Options options = external_options(*object.external);
    add_object(reader, object, rows);
    rows.set("max_column_id_used",
             number_cell(static_cast<std::int64_t>(reader.objects().columns_of(object).size())));
    rows.set("location", option_of(options, "LOCATION"));
    rows.set("data_source_id", option_id(reader, options, "DATA_SOURCE", "source"));
    rows.set("file_format_id", option_id(reader, options, "FILE_FORMAT", "format"));
  }
}

void data_source_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const ExternalObject& source : reader.external(ExternalKind::kDataSource)) {
    const Options options = external_options(source);
    rows.add({{"data_source_id", number_cell(external_id(reader, "source", source.name))},
              {"name", source.name},
              {"location", option_of(options, "LOCATION")},
              {"credential_id", option_id(reader, options, "CREDENTIAL", "credential")}});
  }
}

void file_format_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const ExternalObject& format : reader.external(ExternalKind::kFileFormat)) {
    const Options options = external_options(format);
    rows.add({{"file_format_id", number_cell(external_id(reader, "format", format.name))},
              {"name", format.name},
              {"format_type", option_of(options, "FORMAT_TYPE")},
              {"field_terminator", option_of(options, "FIELD_TERMINATOR")},
              {"string_delimiter", option_of(options, "STRING_DELIMITER")},
              {"date_format", option_of(options, "DATE_FORMAT")},
              {"serde_method", option_of(options, "SERDE_METHOD")},
              {"encoding", option_of(options, "ENCODING")},
              {"data_compression", option_of(options, "DATA_COMPRESSION")},
              {"first_row", option_of(options, "FIRST_ROW")}});
  }
}

void credential_rows(const CatalogReader& reader, ViewRows& rows) {
  for (const ExternalObject& credential : reader.external(ExternalKind::kCredential)) {
    rows.add({{"name", credential.name},
              {"credential_id", number_cell(external_id(reader, "credential", credential.name))},
              {"credential_identity", option_of(external_options(credential), "IDENTITY")},
              {"create_date", moment_cell(credential.created)},
              {"modify_date", moment_cell(credential.modified)}});
  }
}

/// Each zone's offset now, and whether it is its summer's: later than the earlier of those in
/// January and July.
void time_zone_rows(const CatalogReader& reader, ViewRows& rows) {
  const std::string now = timestamp_text(reader.facts.now_us, 6);
  const std::string year = now.substr(0, 4);
  std::string zones;
  for (const TimeZone& zone : time_zones()) {
    zones += (zones.empty() ? "(" : ", (") + engine::quote_text(zone.windows) + ", " +
             engine::quote_text(zone.iana) + ")";
  }
  const auto minutes = [](const std::string& at) {
    return "date_diff('minute', TIMESTAMP '" + at + "', timezone(iana, TIMESTAMPTZ '" + at +
           "+00'))";
  };
  const std::string sql =
      "SELECT name, " + minutes(now) + ", " + minutes(year + "-01-01 00:00:00") + ", " +
      minutes(year + "-07-01 00:00:00") + " FROM (VALUES " + zones + ") AS z(name, iana)";
  for (const auto& row : reader.session().connection().rows(sql, reader.facts.cancel)) {
    const int current = std::stoi(row.at(1).value_or("0"));
    const int standard =
        std::min(std::stoi(row.at(2).value_or("0")), std::stoi(row.at(3).value_or("0")));
    rows.add({{"name", row.at(0)},
              {"current_utc_offset", offset_text(current)},
              {"is_currently_dst", flag_cell(current > standard)}});
  }
}

const char* const kCredentialColumns =
    "name sysname NOT NULL, principal_id int DEFAULT 1, credential_id int NOT NULL, "
    "credential_identity nvarchar(4000), create_date datetime NOT NULL, modify_date datetime NOT "
    "NULL, target_type nvarchar(100), target_id int";

}  // namespace

std::span<const SystemView> external_views() {
  static const std::vector<SystemView> kViews = {
      {"sys.external_tables",
       std::string(kObjectColumns) +
           ", max_column_id_used int NOT NULL, uses_ansi_nulls bit DEFAULT 1, data_source_id int, "
           "file_format_id int, location nvarchar(4000), reject_type varchar(20), reject_value "
           "float, reject_sample_value float, distribution_type int, distribution_desc "
           "nvarchar(120), sharding_col_id int, remote_schema_name sysname, remote_object_name "
           "sysname, rejected_row_location nvarchar(4000), table_options nvarchar(4000)",
       external_table_rows},
      {"sys.external_data_sources",
       "data_source_id int NOT NULL, name sysname NOT NULL, location nvarchar(4000) NOT NULL, "
       "type_desc nvarchar(255) DEFAULT 'EXTERNAL_GENERICS', type tinyint NOT NULL DEFAULT 5, "
       "resource_manager_location nvarchar(4000), credential_id int NOT NULL DEFAULT 0, "
       "database_name sysname, shard_map_name sysname, connection_options nvarchar(4000), "
       "pushdown nvarchar(256) DEFAULT 'ON'",
       data_source_rows},
      {"sys.external_file_formats",
       "file_format_id int NOT NULL, name sysname NOT NULL, format_type nvarchar(100) NOT NULL, "
       "field_terminator nvarchar(10), string_delimiter nvarchar(10), date_format nvarchar(50), "
       "use_type_default bit DEFAULT 0, serde_method nvarchar(255), row_terminator nvarchar(10), "
       "encoding nvarchar(10), data_compression nvarchar(255), first_row int",
       file_format_rows},
      {"sys.database_scoped_credentials", kCredentialColumns, credential_rows},
      {"sys.credentials", kCredentialColumns},
      {"sys.time_zone_info",
       "name sysname NOT NULL, current_utc_offset nvarchar(6) NOT NULL, is_currently_dst bit NOT "
       "NULL",
       time_zone_rows},
  };
  return kViews;
}

}  // namespace tarn::sql
