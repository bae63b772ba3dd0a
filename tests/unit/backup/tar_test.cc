#include "backup/tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "temporary_folder.h"

namespace tarn::backup {
namespace {

using ::testing::HasSubstr;

struct Read {
  TarEntry entry;
  std::string bytes;
};

std::vector<Read> read_all(std::string_view archive, std::size_t piece, bool* complete = nullptr) {
  std::vector<Read> result;
  int open = 0;
  TarReader reader({.begin =
                        [&](const TarEntry& entry) {
                          result.push_back({entry, {}});
                          ++open;
                        },
                    .data = [&](std::string_view bytes) { result.back().bytes += bytes; },
                    .end = [&] { --open; }});
  for (std::size_t at = 0; at < archive.size(); at += piece) reader.feed(archive.substr(at, piece));
  if (complete != nullptr) *complete = reader.complete();
  EXPECT_EQ(open, 0);
  return result;
}

std::string archive_of(const std::vector<Read>& files) {
  std::string archive;
  TarWriter writer([&](std::string_view bytes) { archive += bytes; });
  for (const Read& file : files) {
    writer.begin(file.entry);
    writer.write(file.bytes);
  }
  writer.finish();
  return archive;
}

std::vector<Read> examples() {
  std::vector<Read> files;
  const auto add = [&](std::string path, const std::string& bytes, std::int64_t time_ns = 0) {
    files.push_back(
        {{.path = std::move(path), .size = bytes.size(), .modified_ns = time_ns}, bytes});
  };
  add("empty", "");
  add("one", "x");
  add("block", std::string(512, 'b'));
  add("block and one", std::string(513, 'c'), 1'700'000'000'123'456'789);
  add("big", std::string(100'000, 'd'), 1'700'000'000'000'000'000);
  files.push_back({{.path = "folder", .folder = true, .mode = 0755}, ""});
  add("folder/" + std::string(99 - 7, 'n'), "99");
  add("folder/" + std::string(100 - 7, 'n'), "100");
  add("folder/" + std::string(200, 'n') + "/" + std::string(200, 'm') + "/ünïcödé", "long");
  return files;
}

TEST(TarTest, ReadsWhatItWroteInPiecesOfAnySize) {
  const std::vector<Read> files = examples();
  const std::string archive = archive_of(files);
  EXPECT_EQ(archive.size() % 512, 0u);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{511}, std::size_t{512},
                                  std::size_t{513}, std::size_t{4096}, archive.size()}) {
    bool complete = false;
    const std::vector<Read> read = read_all(archive, piece, &complete);
    EXPECT_TRUE(complete);
    ASSERT_EQ(read.size(), files.size()) << piece;
    for (std::size_t i = 0; i < files.size(); ++i) {
      EXPECT_EQ(read[i].entry.path, files[i].entry.path);
      EXPECT_EQ(read[i].entry.folder, files[i].entry.folder);
      EXPECT_EQ(read[i].entry.modified_ns, files[i].entry.modified_ns) << files[i].entry.path;
      EXPECT_EQ(read[i].entry.mode, files[i].entry.mode);
      EXPECT_EQ(read[i].bytes, files[i].bytes) << files[i].entry.path;
    }
  }
}

TEST(TarTest, TheSystemsTarReadsItAndIsRead) {
  const TemporaryFolder folder;
  write_file(folder / "a.tar", archive_of(examples()));
  const std::string in = "cd " + folder.path().string() + " && ";
  ASSERT_EQ(std::system((in + "mkdir out && tar -xf a.tar -C out && tar --format=pax -cf b.tar -C "
                              "out .")
                            .c_str()),
            0);
  EXPECT_EQ(read_file(folder / "out/big"), std::string(100'000, 'd'));
  bool complete = false;
  const std::vector<Read> read = read_all(read_file(folder / "b.tar"), 10'240, &complete);
  EXPECT_TRUE(complete);
  EXPECT_EQ(read.size(), examples().size() + 2);  // and the folders that were not named
}

TEST(TarTest, ATruncatedArchiveIsNotComplete) {
  const std::string archive = archive_of(examples());
  for (const std::size_t cut : {512u, 1024u, 1025u}) {
    TarReader reader(
        {.begin = [](const TarEntry&) {}, .data = [](std::string_view) {}, .end = [] {}});
    reader.feed(std::string_view(archive).substr(0, archive.size() - cut));
    EXPECT_FALSE(reader.complete()) << cut;
  }
}

TEST(TarTest, DamageLinksAndPathsThatLeadOutAreRefused) {
  const auto error_of = [](const std::string& archive) {
    try {
      read_all(archive, 512);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return Error(Code::kInternal, "none");
  };
  std::string damaged = archive_of(examples());
  damaged[3] ^= 1;
  EXPECT_EQ(error_of(damaged).code(), Code::kDataLoss);
  EXPECT_EQ(error_of(std::string(512, 'x')).code(), Code::kDataLoss);
  for (const std::string& path :
       {std::string("../x"), std::string("/etc/passwd"), std::string("a/../../x"),
        "a/" + std::string(kTarPathBytesMax, 'n')}) {
    const Error error = error_of(archive_of({{{.path = path, .size = 1}, "x"}}));
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    EXPECT_THAT(error.message(), HasSubstr("leads out of the archive"));
  }
  const TemporaryFolder folder;
  const std::string in = "cd " + folder.path().string() + " && ";
  ASSERT_EQ(std::system((in + "ln -s /etc/passwd link && tar -cf c.tar link").c_str()), 0);
  EXPECT_EQ(error_of(read_file(folder / "c.tar")).code(), Code::kUnsupported);
}

}  // namespace
}  // namespace tarn::backup
