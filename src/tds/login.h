#pragma once
// What a client says of itself when it signs in.

#include <cstddef>
#include <cstdint>
#include <string>

#include "router/message.h"

namespace tarn::tds {

/// Versions of the protocol, as the server and the client have agreed. Each knows what the ones
/// before it know.
enum class Version {
  k71,   // SQL Server 2000: no (max) types, no xml
  k72,   // 2005: (max) types
  k73a,  // 2008: date, time, datetime2, datetimeoffset
  k73b,  // 2008 R2: rows with a bitmap of their NULLs (NBCROW)
  k74,   // 2012 and later
  k80,   // strict: TLS first; tokens as in 7.4
};

/// LOGIN7, PRELOGIN and the socket, together.
struct Login {
  Version version = Version::k74;
  std::size_t packet_bytes = 4096;  // as agreed: 512 to 32767
  bool encrypted = false;           // the login came over TLS
  bool utf8 = false;                // the client takes text of UTF-8 collations (UTF8_SUPPORT)
  bool read_only = false;           // ApplicationIntent=ReadOnly
  std::string host;                 // HOST_NAME()
  std::string user;
  std::string password;      // never logged
  std::string access_token;  // FEDAUTH with a security token; else empty. Never logged
  std::string application;   // APP_NAME()
  std::string server;        // as the client names it
  std::string library;       // "ODBC", "mssql-jdbc"
  std::string language;
  std::string database;  // empty: the login's default
  router::Peer peer;
};

}  // namespace tarn::tds
