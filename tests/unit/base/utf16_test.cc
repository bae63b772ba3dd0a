#include "base/utf16.h"

#include <gtest/gtest.h>

namespace tarn {
namespace {

using namespace std::string_literals;

TEST(Utf16Test, GoesThereAndBack) {
  for (const std::string& text : {""s, "a"s, "exactly8"s, "more than eight, ASCII only"s,
                                  "Zürich 😀 and on, quite far"s, "\0x"s, "é😀"s}) {
    const std::string bytes = utf16_from_utf8(text);
    EXPECT_EQ(utf8_from_utf16(bytes), text);
    EXPECT_EQ(utf16_units(text) * 2, bytes.size());
  }
  EXPECT_EQ(utf16_from_utf8("a€"), "a\0\xAC\x20"s);
  EXPECT_EQ(utf16_from_utf8("😀"), "\x3D\xD8\x00\xDE"s);
}

TEST(Utf16Test, WhatIsNoTextIsReplaced) {
  const std::string replaced = "\xFD\xFF"s;
  EXPECT_EQ(utf16_from_utf8("\xFF"), replaced);
  EXPECT_EQ(utf16_from_utf8("\xE2\x82"), replaced + replaced);                 // cut off
  EXPECT_EQ(utf16_from_utf8("\xC0\x80"), replaced + replaced);                 // overlong
  EXPECT_EQ(utf16_from_utf8("\xED\xA0\x80"), replaced + replaced + replaced);  // a surrogate
  EXPECT_EQ(utf8_from_utf16("\x3D\xD8"s), "\uFFFD");  // the first half alone
  EXPECT_EQ(utf8_from_utf16("\x3D\xD8\x41\x00"s), "\uFFFDA");
  EXPECT_EQ(utf8_from_utf16("\x00\xDE"s), "\uFFFD");  // the second half alone
  EXPECT_EQ(utf8_from_utf16("A"), "A");               // half a unit
}

}  // namespace
}  // namespace tarn
