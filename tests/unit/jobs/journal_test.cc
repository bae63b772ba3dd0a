#include "jobs/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "base/json.h"
#include "temporary_folder.h"

namespace tarn::jobs {
namespace {

class Journal : public testing::Test {
 protected:
  void write(std::string_view bytes) {
    std::ofstream(file_, std::ios::app | std::ios::binary) << bytes;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "journal.ndjson";
};

TEST_F(Journal, ComesBackAsWritten) {
  JournalWriter writer(file_);
  EXPECT_EQ(writer.append("data", R"({"rows":731})"), 1);
  EXPECT_EQ(writer.append("trial_started", R"({"trial":0,"text":"größer\nline"})"), 2);
  const JournalPart part = read_journal(file_, 0, 0);
  ASSERT_EQ(part.events.size(), 2u);
  EXPECT_EQ(part.events[0].sequence, 1);
  EXPECT_EQ(part.events[0].kind, "data");
  EXPECT_GT(part.events[0].time, 0);
  EXPECT_EQ(Json::parse(part.events[1].body)["text"], "größer\nline");
  EXPECT_EQ(static_cast<std::uintmax_t>(part.offset), std::filesystem::file_size(file_));
}

TEST_F(Journal, IsReadOnFromAnOffset) {
  JournalWriter writer(file_);
  writer.append("a", "{}");
  const JournalPart first = read_journal(file_, 0, 0);
  EXPECT_TRUE(read_journal(file_, first.offset, 1).events.empty());
  writer.append("b", "{}");
  const JournalPart second = read_journal(file_, first.offset, 1);
  ASSERT_EQ(second.events.size(), 1u);
  EXPECT_EQ(second.events[0].kind, "b");
}

TEST_F(Journal, AbsentIsEmpty) {
  const JournalPart part = read_journal(file_, 0, 0);
  EXPECT_TRUE(part.events.empty());
  EXPECT_EQ(part.offset, 0);
}

TEST_F(Journal, TornLineIsNotReadAndCutByTheNextWriter) {
  JournalWriter(file_).append("a", "{}");
  const auto whole = std::filesystem::file_size(file_);
  write(R"({"sequence":2,"time":1,"ev)");
  const JournalPart part = read_journal(file_, 0, 0);
  EXPECT_EQ(part.events.size(), 1u);
  EXPECT_EQ(static_cast<std::uintmax_t>(part.offset), whole);

  JournalWriter next(file_);
  EXPECT_EQ(next.last_sequence(), 1);
  EXPECT_EQ(next.append("b", "{}"), 2);
  const JournalPart again = read_journal(file_, 0, 0);
  ASSERT_EQ(again.events.size(), 2u);
  EXPECT_EQ(again.events[1].kind, "b");
}

TEST_F(Journal, DamageIsToldWithItsPlace) {
  JournalWriter(file_).append("a", "{}");
  for (const char* line : {"rubbish\n", "{\"sequence\":3,\"time\":1,\"event\":\"x\"}\n", "{}\n",
                           "[1]\n", "{\"sequence\":\"2\",\"time\":1,\"event\":\"x\"}\n"}) {
    std::filesystem::resize_file(file_,
                                 static_cast<std::uintmax_t>(read_journal(file_, 0, 0).offset));
    write(line);
    try {
      read_journal(file_, 0, 0);
      FAIL() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Code::kDataLoss);
      EXPECT_THAT(error.message(), testing::HasSubstr("after event 1"));
    }
    EXPECT_THROW(JournalWriter{file_}, Error);
    std::ofstream(file_, std::ios::trunc).close();
    JournalWriter(file_).append("a", "{}");
  }
}

TEST_F(Journal, RefusesLinesThatAreTooLong) {
  JournalWriter writer(file_);
  const std::string body = Json{{"text", std::string(kJournalLineBytesMax, 'x')}}.dump();
  EXPECT_THROW(writer.append("big", body), Error);
  EXPECT_EQ(writer.append("small", "{}"), 1);
}

}  // namespace
}  // namespace tarn::jobs
