#include "lake/lake.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include "expect_error.h"
#include "short_path.h"
#include "temporary_folder.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;

class LakeTest : public testing::Test {
 protected:
  TemporaryFolder home_;
  Lake lake_{home_.path() / "lake"};

  std::vector<std::string> names(const std::string& folder, bool recursive, std::size_t limit) {
    std::vector<std::string> found;
    ListOptions options{.recursive = recursive, .limit = limit, .continuation = {}};
    int pages = 0;
    do {
      const ListPage page = lake_.list(p(folder), options);
      EXPECT_LE(page.entries.size(), limit);
      for (const FileInfo& info : page.entries)
        found.push_back(info.path.text() + (info.folder ? "/" : ""));
      options.continuation = page.continuation;
    } while (!options.continuation.empty() && ++pages < 10'000);
    return found;
  }

  std::vector<std::string> matches(const std::string& pattern) {
    std::vector<std::string> found;
    for (const FileInfo& info : lake_.glob(parse_pattern(pattern)))
      found.push_back(info.path.text());
    return found;
  }

  std::size_t temporaries() {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(lake_.root())) {
      if (entry.path().filename().string().starts_with(kTemporaryPrefix)) ++count;
    }
    return count;
  }
};

TEST_F(LakeTest, HasItsContainers) {
  EXPECT_EQ(lake_.containers(), (std::vector<std::string>{"artifacts", "files", "models"}));
  lake_.create_container("raw");
  lake_.put(p("raw/x"), "1");
  EXPECT_ERROR(kAlreadyExists, lake_.create_container("raw"));
  EXPECT_ERROR(kInvalidArgument, lake_.create_container("../x"));
  EXPECT_ERROR(kNotFound, lake_.put(p("absent/x"), "1"));
}

TEST_F(LakeTest, PutsAndReads) {
  const FileInfo info = lake_.put(p("files/data/deep/x.csv"), "a,b\n1,2\n");
  EXPECT_EQ(info.size, 8u);
  EXPECT_FALSE(info.etag.empty());
  EXPECT_EQ(lake_.read(p("files/data/deep/x.csv")), "a,b\n1,2\n");
  EXPECT_EQ(lake_.stat(p("files/data/deep/x.csv")).etag, info.etag);
  EXPECT_TRUE(lake_.stat(p("files/data")).folder);
  lake_.put(p("files/empty"), "");
  EXPECT_EQ(lake_.read(p("files/empty")), "");
  EXPECT_EQ(temporaries(), 0u);
}

TEST_F(LakeTest, ReadsRanges) {
  lake_.put(p("files/x"), "0123456789");
  const auto file = lake_.open(p("files/x"));
  std::string buffer(4, '\0');
  EXPECT_EQ(file->read(3, buffer), 4u);
  EXPECT_EQ(buffer, "3456");
  EXPECT_EQ(file->read(8, buffer), 2u);
  EXPECT_EQ(file->read(10, buffer), 0u);
  EXPECT_EQ(file->read(100, buffer), 0u);
  // An open file stays what it was.
  lake_.put(p("files/x"), "other");
  EXPECT_EQ(file->read(0, buffer), 4u);
  EXPECT_EQ(buffer, "0123");
}

TEST_F(LakeTest, StreamsInPieces) {
  std::size_t left = 3'000'000;
  const FileInfo info = lake_.put(p("files/big"), [&](std::span<char> buffer) {
    const std::size_t count = std::min({left, buffer.size(), std::size_t{70'001}});
    std::fill_n(buffer.begin(), count, 'x');
    left -= count;
    return count;
  });
  EXPECT_EQ(info.size, 3'000'000u);
}

TEST_F(LakeTest, AFailedPutLeavesTheOldFileAndNoTrace) {
  lake_.put(p("files/x"), "old");
  EXPECT_THROW(lake_.put(p("files/x"),
                         [](std::span<char>) -> std::size_t {
                           throw std::runtime_error("the client hung up");
                         }),
               std::runtime_error);
  CancelSource cancel;
  int pieces = 0;
  EXPECT_ERROR(kCancelled, lake_.put(
                               p("files/x"),
                               [&](std::span<char> buffer) {
                                 if (++pieces == 2) cancel.cancel();
                                 buffer[0] = 'n';
                                 return std::size_t{1};
                               },
                               {}, cancel.token()));
  EXPECT_EQ(lake_.read(p("files/x")), "old");
  EXPECT_EQ(temporaries(), 0u);
}

TEST_F(LakeTest, Conditions) {
  const FileInfo first = lake_.put(p("files/x"), "1", {.if_none_match = true, .if_match = {}});
  EXPECT_ERROR(kAlreadyExists,
               lake_.put(p("files/x"), "2", {.if_none_match = true, .if_match = {}}));
  const FileInfo second =
      lake_.put(p("files/x"), "2", {.if_none_match = false, .if_match = first.etag});
  EXPECT_NE(first.etag, second.etag);
  EXPECT_ERROR(kConflict,
               lake_.put(p("files/x"), "3", {.if_none_match = false, .if_match = first.etag}));
  EXPECT_ERROR(kConflict,
               lake_.put(p("files/new"), "3", {.if_none_match = false, .if_match = "*"}));
  EXPECT_ERROR(kConflict,
               lake_.remove(p("files/x"), false, {.if_none_match = false, .if_match = first.etag}));
  EXPECT_EQ(lake_.read(p("files/x")), "2");
  EXPECT_TRUE(lake_.remove(p("files/x"), false, {.if_none_match = false, .if_match = second.etag}));
}

TEST_F(LakeTest, OfManyConditionalPutsOneWins) {
  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      try {
        lake_.put(p("files/one"), std::to_string(i), {.if_none_match = true, .if_match = {}});
        ++won;
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), Code::kAlreadyExists);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(won, 1);
}

TEST_F(LakeTest, NamesThatAreTaken) {
  lake_.put(p("files/a/b"), "1");
  EXPECT_ERROR(kAlreadyExists, lake_.put(p("files/a"), "1"));
  EXPECT_ERROR(kInvalidArgument, lake_.put(p("files/a/b/c"), "1"));
  EXPECT_ERROR(kInvalidArgument, lake_.put(p("files/a/"), "1"));
  EXPECT_ERROR(kInvalidArgument, lake_.put(p("files"), "1"));
  EXPECT_ERROR(kInvalidArgument, lake_.open(p("files/a")));
}

TEST_F(LakeTest, WhatIsMissingHasAHint) {
  lake_.put(p("files/data/bike-rentals.csv"), "1");
  try {
    lake_.stat(p("files/data/bike-rental.csv"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kNotFound);
    EXPECT_EQ(error.hint(), "Did you mean 'bike-rentals.csv'?");
  }
  EXPECT_FALSE(lake_.find(p("files/absent")));
  EXPECT_FALSE(lake_.find(p("absent/absent")));
  EXPECT_ERROR(kNotFound, lake_.open(p("files/absent")));
  EXPECT_ERROR(kNotFound, lake_.list(p("files/absent")));
}

TEST_F(LakeTest, SymbolicLinksAreRefusedEverywhere) {
  std::ofstream(home_.path() / "secret") << "secret";
  fs::create_symlink(home_.path() / "secret", lake_.root() / "files/link");
  fs::create_directory_symlink(home_.path(), lake_.root() / "files/out");
  lake_.put(p("files/plain"), "1");
  EXPECT_ERROR(kInvalidArgument, lake_.read(p("files/link")));
  EXPECT_ERROR(kInvalidArgument, lake_.stat(p("files/link")));
  EXPECT_ERROR(kInvalidArgument, lake_.put(p("files/link"), "x"));
  EXPECT_ERROR(kInvalidArgument, lake_.local_path(p("files/link")));
  EXPECT_ERROR(kInvalidArgument, lake_.read(p("files/out/secret")));
  EXPECT_ERROR(kInvalidArgument, lake_.put(p("files/out/new"), "x"));
  EXPECT_ERROR(kInvalidArgument, lake_.list(p("files/out")));
  EXPECT_ERROR(kInvalidArgument, lake_.local_path(p("files/out/x")));
  EXPECT_ERROR(kInvalidArgument, lake_.remove(p("files/out"), true));
  EXPECT_ERROR(kInvalidArgument, lake_.rename(p("files/plain"), p("files/out/x")));
  EXPECT_ERROR(kInvalidArgument, lake_.make_folder(p("files/out/x")));
  EXPECT_EQ(matches("files/**"), (std::vector<std::string>{"files/plain"}));
  EXPECT_EQ(matches("files/*"), (std::vector<std::string>{"files/plain"}));
  EXPECT_EQ(names("files", true, 100), (std::vector<std::string>{"files/plain"}));
  EXPECT_FALSE(fs::exists(home_.path() / "new"));
  EXPECT_EQ(fs::file_size(home_.path() / "secret"), 6u);
}

TEST_F(LakeTest, ALinkedContainerIsRefused) {
  fs::create_directory_symlink(home_.path(), lake_.root() / "linked");
  EXPECT_ERROR(kInvalidArgument, lake_.list(p("linked")));
  EXPECT_ERROR(kInvalidArgument, lake_.put(p("linked/x"), "1"));
}

TEST_F(LakeTest, ListsInPages) {
  std::vector<std::string> expected;
  for (const char* folder : {"files/t/a", "files/t/b", "files/t/c"}) {
    expected.push_back(std::string(folder) + "/");
    for (int i = 0; i < 17; ++i) {
      const std::string file = std::string(folder) + "/" + (i < 10 ? "0" : "") + std::to_string(i);
      lake_.put(p(file), "1");
      expected.push_back(file);
    }
  }
  lake_.put(p("files/t/a.txt"), "1");  // sorts as a component: after everything in a/
  expected.insert(expected.begin() + 18, "files/t/a.txt");
  for (const std::size_t limit : {1u, 2u, 7u, 54u, 55u, 56u, 5000u}) {
    EXPECT_EQ(names("files/t", true, limit), expected) << "limit " << limit;
  }
  EXPECT_EQ(names("files/t", false, 2),
            (std::vector<std::string>{"files/t/a/", "files/t/a.txt", "files/t/b/", "files/t/c/"}));
  EXPECT_EQ(names("files/t/a/00", false, 10), (std::vector<std::string>{"files/t/a/00"}));
}

TEST_F(LakeTest, PagesHaveLimitsAndTokensOfTheirOwn) {
  for (const char* file : {"files/t/1", "files/t/2", "files/u/1"}) lake_.put(p(file), "1");
  EXPECT_ERROR(kInvalidArgument,
               lake_.list(p("files"), {.recursive = false, .limit = 0, .continuation = {}}));
  EXPECT_ERROR(kInvalidArgument,
               lake_.list(p("files"),
                          {.recursive = false, .limit = Lake::kListMax + 1, .continuation = {}}));
  const ListPage page =
      lake_.list(p("files/t"), {.recursive = false, .limit = 1, .continuation = {}});
  ASSERT_FALSE(page.continuation.empty());
  EXPECT_ERROR(kInvalidArgument,
               lake_.list(p("files/u"),
                          {.recursive = false, .limit = 1, .continuation = page.continuation}));
  EXPECT_ERROR(
      kInvalidArgument,
      lake_.list(p("files/t"), {.recursive = false, .limit = 1, .continuation = "nonsense"}));
  // The entry that the token names may be gone.
  lake_.remove(p("files/t/1"));
  const ListPage next =
      lake_.list(p("files/t"), {.recursive = false, .limit = 1, .continuation = page.continuation});
  ASSERT_EQ(next.entries.size(), 1u);
  EXPECT_EQ(next.entries[0].path.text(), "files/t/2");
}

TEST_F(LakeTest, Globs) {
  for (const char* file :
       {"files/d/a.csv", "files/d/b.csv", "files/d/c.tsv", "files/d/2024/x.csv",
        "files/d/2024/07/y.csv", "files/d/2025/x.csv", "files/d/_delta_log/0.json",
        "files/d/.hidden.csv", "files/d/_SUCCESS", "files/d/ä.csv"}) {
    lake_.put(p(file), "1");
  }
  using Names = std::vector<std::string>;
  EXPECT_EQ(matches("files/d/*.csv"), (Names{"files/d/a.csv", "files/d/b.csv", "files/d/ä.csv"}));
  EXPECT_EQ(matches("files/d/?.csv"), (Names{"files/d/a.csv", "files/d/b.csv", "files/d/ä.csv"}));
  EXPECT_EQ(matches("files/d/{a,c}.?sv"), (Names{"files/d/a.csv", "files/d/c.tsv"}));
  EXPECT_EQ(matches("files/d/20*/x.csv"), (Names{"files/d/2024/x.csv", "files/d/2025/x.csv"}));
  EXPECT_EQ(matches("files/d/**/*.csv"),
            (Names{"files/d/2024/07/y.csv", "files/d/2024/x.csv", "files/d/2025/x.csv",
                   "files/d/a.csv", "files/d/b.csv", "files/d/ä.csv"}));
  EXPECT_EQ(matches("files/d/2024/**"), (Names{"files/d/2024/07/y.csv", "files/d/2024/x.csv"}));
  EXPECT_EQ(matches("files/d/2024"), (Names{"files/d/2024/x.csv"}));
  EXPECT_EQ(matches("files/d/2024/"), (Names{"files/d/2024/x.csv"}));
  EXPECT_EQ(matches("files/d/202*/"), (Names{"files/d/2024/x.csv", "files/d/2025/x.csv"}));
  EXPECT_EQ(matches("files/d/_*"), (Names{"files/d/_SUCCESS"}));
  EXPECT_EQ(matches("files/d/a.csv"), (Names{"files/d/a.csv"}));
  EXPECT_EQ(matches("files/d/absent.csv"), Names{});
  EXPECT_EQ(matches("files/absent/**"), Names{});
  EXPECT_EQ(matches("files/**/**/y.csv"), (Names{"files/d/2024/07/y.csv"}));
  EXPECT_ERROR(kNotFound, matches("absent/**"));
}

// A wildcard that could backtrack without end does not.
TEST_F(LakeTest, GlobIsNotExponential) {
  lake_.put(p("files/" + std::string(200, 'a')), "1");
  std::string pattern = "files/";
  for (int i = 0; i < 60; ++i) pattern += "a*";
  EXPECT_EQ(matches(pattern + "b"), std::vector<std::string>{});
  EXPECT_EQ(matches(pattern).size(), 1u);
  std::string braces = "files/";
  for (int i = 0; i < 12; ++i) braces += "{a,b}";
  EXPECT_ERROR(kTooLarge, matches(braces));
}

TEST_F(LakeTest, Renames) {
  lake_.put(p("files/a/x"), "1");
  lake_.put(p("files/b"), "2");
  lake_.rename(p("files/a/x"), p("models/deep/x"));
  EXPECT_EQ(lake_.read(p("models/deep/x")), "1");
  EXPECT_FALSE(lake_.find(p("files/a/x")));
  EXPECT_ERROR(kAlreadyExists, lake_.rename(p("models/deep/x"), p("files/b")));
  lake_.rename(p("models/deep/x"), p("files/b"), true);
  EXPECT_EQ(lake_.read(p("files/b")), "1");
  lake_.put(p("files/f/1"), "1");
  lake_.rename(p("files/f"), p("files/g"));
  EXPECT_EQ(lake_.read(p("files/g/1")), "1");
  EXPECT_ERROR(kInvalidArgument, lake_.rename(p("files/g"), p("files/g/h")));
  EXPECT_ERROR(kInvalidArgument, lake_.rename(p("files"), p("models/x")));
  EXPECT_ERROR(kNotFound, lake_.rename(p("files/absent"), p("files/y")));
}

/// Takes the new name at the last moment, as a program outside of the lake may.
struct Rival : NameObserver {
  fs::path taken;
  explicit Rival(fs::path path) : taken(std::move(path)) {}
  void renaming(const LakePath&, const LakePath&) override { std::ofstream(taken) << "theirs"; }
  void renamed(const LakePath&, const LakePath&) override {}
  void removed(const LakePath&) override {}
};

TEST_F(LakeTest, RenamesOverNothingThatCameAtTheLastMoment) {
  lake_.put(p("files/log/.1.json.tmp"), "ours");
  Rival rival(lake_.root() / "files/log/1.json");
  lake_.set_observer(&rival);
  EXPECT_ERROR(kAlreadyExists, lake_.rename(p("files/log/.1.json.tmp"), p("files/log/1.json")));
  EXPECT_EQ(lake_.read(p("files/log/1.json")), "theirs");
  EXPECT_EQ(lake_.read(p("files/log/.1.json.tmp")), "ours");
  lake_.rename(p("files/log/.1.json.tmp"), p("files/log/1.json"), true);
  lake_.set_observer(nullptr);
  EXPECT_EQ(lake_.read(p("files/log/1.json")), "ours");
}

TEST_F(LakeTest, Removes) {
  lake_.put(p("files/a/x"), "1");
  EXPECT_ERROR(kConflict, lake_.remove(p("files/a")));
  EXPECT_TRUE(lake_.remove(p("files/a/x")));
  EXPECT_FALSE(lake_.remove(p("files/a/x")));
  EXPECT_TRUE(lake_.remove(p("files/a")));
  lake_.put(p("files/b/c/x"), "1");
  EXPECT_TRUE(lake_.remove(p("files/b"), true));
  EXPECT_FALSE(lake_.find(p("files/b")));
  EXPECT_ERROR(kInvalidArgument, lake_.remove(p("files"), true));
}

TEST_F(LakeTest, SweepsWhatACrashLeft) {
  lake_.put(p("files/a/x"), "1");
  std::ofstream(lake_.root() / "files/a/.tarn-tmp-1") << "half";
  fs::create_directories(lake_.root() / "files/.tarn-tmp-2/deep");
  std::ofstream(lake_.root() / "files/.tarn-tmp-2/deep/y") << "gone";
  EXPECT_EQ(names("files", true, 100), (std::vector<std::string>{"files/a/", "files/a/x"}));
  fs::create_directories(lake_.root() / "artifacts/job");
  std::ofstream(lake_.root() / "artifacts/job/.tarn-tmp-3") << "a worker may still be writing";
  EXPECT_EQ(lake_.sweep(), 2u);
  EXPECT_EQ(temporaries(), 1u);
  fs::last_write_time(lake_.root() / "artifacts/job/.tarn-tmp-3",
                      fs::file_time_type::clock::now() - std::chrono::seconds(61));
  EXPECT_EQ(lake_.sweep(), 1u);
  EXPECT_EQ(lake_.read(p("files/a/x")), "1");
}

TEST_F(LakeTest, TheSweepLeavesWhatWasBegunSince) {
  std::ofstream(lake_.root() / "files/.tarn-tmp-1") << "being written";
  const Micros now = Clock::system().now();
  EXPECT_EQ(lake_.sweep(now - 1'000'000), 0u);
  EXPECT_EQ(lake_.sweep(now + 1'000'000), 1u);
}

TEST_F(LakeTest, ASharedLakesSweepLeavesWhatAnotherServerMayWrite) {
  Lake shared(lake_.root(), FileSystem::system(), true);
  const fs::path file = lake_.root() / "files/.tarn-tmp-1";
  std::ofstream(file) << "another server's";
  EXPECT_EQ(shared.sweep(), 0u);
  fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(25));
  EXPECT_EQ(shared.sweep(), 1u);
}

TEST_F(LakeTest, ConditionsHoldBetweenServersOfASharedLake) {
  Lake one(lake_.root(), FileSystem::system(), true);
  Lake two(lake_.root(), FileSystem::system(), true);
  one.put(p("files/n"), "0");
  constexpr int kRounds = 50;
  const auto count = [](Lake& lake) {
    for (int done = 0; done < kRounds;) {
      const FileInfo seen = lake.stat(p("files/n"));
      const int number = std::stoi(lake.read(p("files/n")));
      try {
        lake.put(p("files/n"), std::to_string(number + 1),
                 {.if_none_match = false, .if_match = seen.etag});
        ++done;
      } catch (const Error& error) {
        if (error.code() != Code::kConflict) throw;
      }
    }
  };
  std::thread other([&] { count(two); });
  count(one);
  other.join();
  EXPECT_EQ(one.read(p("files/n")), std::to_string(2 * kRounds));
  EXPECT_EQ(one.containers(), lake_.containers());
}

TEST_F(LakeTest, PlacesOnDisk) {
  EXPECT_EQ(lake_.local_path(p("files/new/x")), lake_.root() / "files/new/x");
  EXPECT_EQ(lake_.lake_path(lake_.root() / "files/new/x")->text(), "files/new/x");
  EXPECT_FALSE(lake_.lake_path("/etc/passwd"));
  EXPECT_FALSE(lake_.lake_path(lake_.root() / "../x"));
}

}  // namespace
}  // namespace tarn::lake
