#include "detail/bytes.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tarn::tds::detail {
namespace {

TEST(BytesTest, NumbersAndTextsGoThereAndBack) {
  std::string bytes;
  put<std::uint8_t>(bytes, 0xFE);
  put<std::int16_t>(bytes, -2);
  put<std::uint32_t>(bytes, 0x01020304);
  put<std::int64_t>(bytes, -3);
  put_b_varchar(bytes, "é😀");
  put_us_varchar(bytes, "abc");
  EXPECT_EQ(bytes.substr(3, 4), "\x04\x03\x02\x01");
  ByteReader reader(bytes);
  EXPECT_EQ(reader.peek(), 0xFE);
  EXPECT_EQ(reader.u8(), 0xFE);
  EXPECT_EQ(static_cast<std::int16_t>(reader.u16()), -2);
  EXPECT_EQ(reader.u32(), 0x01020304u);
  EXPECT_EQ(static_cast<std::int64_t>(reader.u64()), -3);
  EXPECT_EQ(reader.b_varchar(), "é😀");
  EXPECT_EQ(reader.us_varchar(), "abc");
  EXPECT_TRUE(reader.at_end());
}

TEST(BytesTest, ATooLongTextIsCut) {
  std::string bytes;
  put_b_varchar(bytes, std::string(300, 'x'));
  EXPECT_EQ(ByteReader(bytes).b_varchar(), std::string(255, 'x'));
}

TEST(BytesTest, BytesThatEndEarlyAreRefused) {
  for (const std::string_view bytes : {std::string_view(), std::string_view("\x05\x00x", 3)}) {
    ByteReader reader(bytes);
    try {
      reader.us_varchar();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.sql()->number, 4002);
      EXPECT_EQ(error.message(),
                "The incoming tabular data stream (TDS) protocol stream is incorrect: it ends too "
                "early.");
    }
  }
}

}  // namespace
}  // namespace tarn::tds::detail
