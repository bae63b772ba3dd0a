#pragma once
// Where a test's metadata store lies: in the file that it names, or, when the whole test program
// runs against PostgreSQL (tests/support/with_postgres.py sets TARN_TEST_POSTGRES), in a schema of
// its own of that database. The same name gives the same store again.

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "base/digest.h"

namespace tarn {

inline bool on_postgres() { return std::getenv("TARN_TEST_POSTGRES") != nullptr; }

inline std::string test_store(const std::filesystem::path& file) {
  const char* server = std::getenv("TARN_TEST_POSTGRES");
  if (server == nullptr) return file.string();
  const std::string schema = "t_" + sha256_hex(file.string()).substr(0, 24);
  const std::string command =
      "psql -q -X '" + std::string(server) +
      "' -c 'SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS " + schema + "'";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("no schema could be made");
  return std::string(server) + "?options=-csearch_path%3D" + schema;
}

}  // namespace tarn
