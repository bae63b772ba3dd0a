#include "engine/arrow.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "base/error.h"
#include "engine/database.h"

namespace tarn::engine {
namespace {

std::string stream_of(Connection& connection, const std::string& sql) {
  std::string bytes;
  Result result = connection.query(sql);
  ArrowStream stream(result.columns(), [&](std::string_view part) { bytes += part; });
  Chunk chunk;
  while (result.next(chunk)) stream.write(chunk);
  stream.close();
  return bytes;
}

/// The kinds and body sizes of the stream's messages, read with nothing but the framing and the
/// message table.
std::vector<std::pair<int, std::int64_t>> messages_of(const std::string& bytes) {
  const auto at32 = [&](std::size_t offset) {
    std::uint32_t value;
    std::memcpy(&value, bytes.data() + offset, 4);
    return value;
  };
  std::vector<std::pair<int, std::int64_t>> messages;
  std::size_t at = 0;
  while (at + 8 <= bytes.size()) {
    EXPECT_EQ(at32(at), 0xFFFFFFFFu);
    const std::uint32_t length = at32(at + 4);
    at += 8;
    if (length == 0) break;
    EXPECT_EQ(length % 8, 0u);
    const std::size_t table = at + at32(at);
    const std::size_t vtable = table - at32(table);
    const auto field = [&](int slot) {
      std::uint16_t offset;
      std::memcpy(&offset, bytes.data() + vtable + 4 + 2 * slot, 2);
      return table + offset;
    };
    std::int64_t body;
    std::memcpy(&body, bytes.data() + field(3), 8);
    messages.emplace_back(static_cast<unsigned char>(bytes[field(1)]), body);
    at += length + static_cast<std::size_t>(body);
  }
  EXPECT_EQ(at, bytes.size()) << "the end marker ends the stream";
  return messages;
}

TEST(ArrowTest, WritesSchemaBatchesAndEnd) {
  auto database = Database::open({});
  Connection connection = database->connect();
  const std::string bytes = stream_of(
      connection,
      "SELECT i::INTEGER AS a, CASE WHEN i % 2 = 0 THEN 't' || i END AS b, i % 3 = 0 AS c, (i * "
      "1.5)::DECIMAL(12,2) AS d, "
      "i::DOUBLE AS e, DATE '2020-01-01' + i::INTEGER AS f, TIMESTAMP '2020-01-01 00:00:01' AS g, "
      "'ab'::BLOB AS h, TIME '01:02:03' AS j, '6f9619ff-8b86-d011-b42d-00c04fc964ff'::UUID AS k, "
      "TIMESTAMPTZ '2020-01-01 00:00:00+00' AS l, 7::UTINYINT AS m FROM range(5000) r(i)");
  const auto messages = messages_of(bytes);
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_EQ(messages[0], (std::pair<int, std::int64_t>(1, 0)));
  for (std::size_t i = 1; i < messages.size(); ++i) {
    EXPECT_EQ(messages[i].first, 3);
    EXPECT_GT(messages[i].second, 0);
  }
  EXPECT_NE(bytes.find("t4998"), std::string::npos);
}

TEST(ArrowTest, RefusesWhatItCannotWrite) {
  auto database = Database::open({});
  Connection connection = database->connect();
  try {
    stream_of(connection, "SELECT [1, 2] AS a");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kUnsupported);
  }
}

}  // namespace
}  // namespace tarn::engine
