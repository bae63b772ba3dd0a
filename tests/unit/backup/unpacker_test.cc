// What an archive must be to become a folder, and a folder to become a home.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backup/backup.h"
#include "backup/tar.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "meta/store.h"
#include "pools/pools.h"
#include "temporary_folder.h"

namespace tarn::backup {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

using Files = std::map<std::string, std::string>;

/// The files with their sums and the manifest, as a backup has them.
Files backup_of(Files files) {
  std::string sums;
  for (const auto& [path, bytes] : files) sums += sha256_hex(bytes) + "  " + path + '\n';
  const Json manifest = {
      {"format", kBackupFormat}, {"files", files.size()}, {"tables", Json::array()}};
  files["SHA256SUMS"] = sums;
  files["backup.json"] = manifest.dump();
  return files;
}

std::string archive_of(const Files& files) {
  std::string archive;
  TarWriter writer([&](std::string_view bytes) { archive += bytes; });
  for (const auto& [path, bytes] : files) {
    writer.begin({.path = path, .size = bytes.size()});
    writer.write(bytes);
  }
  writer.finish();
  return archive;
}

class UnpackerTest : public ::testing::Test {
 protected:
  fs::path target() const { return folder_.path() / "target"; }

  BackupSummary unpack(std::string_view archive) const {
    Unpacker unpacker(target());
    unpacker.feed(archive);
    return unpacker.finish();
  }

  /// The message with which the files are refused; nothing of them stays.
  std::string refusal(const Files& files, Code code = Code::kDataLoss) const {
    std::string message;
    try {
      unpack(archive_of(files));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
      message = error.message();
    }
    EXPECT_TRUE(fs::is_empty(folder_.path()));
    return message;
  }

  TemporaryFolder folder_;
  const Files files_ = backup_of({{"FORMAT", "2\n"}, {"lake/files/a.csv", "a\n1\n"}});
};

TEST_F(UnpackerTest, AWholeArchiveBecomesTheFolder) {
  const BackupSummary summary = unpack(archive_of(files_));
  EXPECT_EQ(summary.files, 2u);
  EXPECT_EQ(summary.bytes, 6u);
  EXPECT_EQ(read_file(target() / "lake/files/a.csv"), "a\n1\n");
}

TEST_F(UnpackerTest, WhatDiffersOrIsMissingIsNamed) {
  Files files = files_;
  files["lake/files/a.csv"] = "a\n2\n";
  EXPECT_THAT(refusal(files), HasSubstr("a file differs: lake/files/a.csv"));
  files.erase("lake/files/a.csv");
  EXPECT_THAT(refusal(files), HasSubstr("a file is missing: lake/files/a.csv"));
}

TEST_F(UnpackerTest, WithoutItsEndItIsNotWhole) {
  Files files = files_;
  files.erase("backup.json");
  EXPECT_THAT(refusal(files), HasSubstr("backup.json is missing at its end"));
  const std::string archive = archive_of(files_);
  Unpacker unpacker(target());
  unpacker.feed(std::string_view(archive).substr(0, archive.size() - 1024));
  EXPECT_THROW(unpacker.finish(), Error);
}

TEST_F(UnpackerTest, SumsAndManifestMustBeWhatTheySay) {
  Files files = files_;
  files["SHA256SUMS"] = "abc  FORMAT\n";
  EXPECT_THAT(refusal(files), HasSubstr("SHA256SUMS has a short line"));
  files = files_;
  files.erase("SHA256SUMS");
  EXPECT_THAT(refusal(files), HasSubstr("SHA256SUMS is missing"));
  files = files_;
  files["backup.json"] = R"({"format": 1, "files": 3, "tables": []})";
  EXPECT_THAT(refusal(files), HasSubstr("another number of files"));
  for (const char* text : {"{}", "[]", R"({"format": 1, "files": "two", "tables": []})"}) {
    files["backup.json"] = text;
    EXPECT_THAT(refusal(files), HasSubstr("backup.json does not say what is in it")) << text;
  }
  files["backup.json"] = R"({"format": 99, "tarn": "9.0", "files": 2, "tables": []})";
  EXPECT_THAT(refusal(files, Code::kUnsupported), HasSubstr("made by a newer Tarn: 9.0"));
}

TEST_F(UnpackerTest, AFolderWithThingsInItIsLeftAlone) {
  fs::create_directories(target());
  write_file(target() / "mine", "x");
  EXPECT_THROW(Unpacker{target()}, Error);
  EXPECT_EQ(read_file(target() / "mine"), "x");
}

TEST_F(UnpackerTest, AStageHoldsTheStoreAndTheLakeAndIsRestored) {
  const auto store = meta::Store::open((folder_.path() / "tarn.db").string());
  const fs::path lake = folder_.path() / "lake";
  fs::create_directories(lake / "files" / "empty");
  write_file(lake / "files" / "a.csv", "a\n1\n");
  std::string archive;
  {
    pools::Pools pools(*store, "main", folder_.path() / "pools", "", []() -> engine::Database& {
      throw Error(Code::kInternal, "A home without pools opens no engine.");
    });
    Stage stage({.store = *store, .lake = lake, .pools = pools, .version = "1"}, {});
    write_file(lake / "files" / "later.csv", "not in it");
    stage.write_tar([&](std::string_view bytes) { archive += bytes; }, {});
  }
  write_file(folder_.path() / "b.tar", archive);
  const fs::path home = folder_.path() / "home";
  restore(folder_.path() / "b.tar", {.home = home, .store = {}, .lake = {}});
  EXPECT_EQ(read_file(home / "lake/files/a.csv"), "a\n1\n");
  EXPECT_TRUE(fs::is_directory(home / "lake/files/empty"));
  EXPECT_FALSE(fs::exists(home / "lake/files/later.csv"));
  EXPECT_EQ(meta::Store::open((home / "tarn.db").string())->version(), store->version());
  EXPECT_THROW(restore(folder_.path() / "b.tar", {.home = home, .store = {}, .lake = {}}), Error);
}

}  // namespace
}  // namespace tarn::backup
