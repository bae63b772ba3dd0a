// What the storage API keeps in the lake: properties, leases, staged pieces, access control.

#include <gtest/gtest.h>

#include <fstream>

#include "expect_error.h"
#include "lake/access_control.h"
#include "lake/leases.h"
#include "lake/properties.h"
#include "lake/staging.h"
#include "short_path.h"
#include "temporary_folder.h"

namespace tarn::lake {
namespace {

namespace fs = std::filesystem;

class MovingClock : public Clock {
 public:
  Micros now() const override { return now_; }
  void forward(std::int64_t seconds) { now_ += seconds * 1'000'000; }

 private:
  Micros now_ = 1'000'000'000'000;
};

class StorageTest : public testing::Test {
 protected:
  TemporaryFolder home_;
  std::unique_ptr<meta::Store> store_ = meta::Store::open((home_ / "tarn.db").string());
  Lake lake_{home_ / "lake"};
  Properties properties_{*store_, "w", lake_};
  MovingClock clock_;
  Leases leases_{*store_, "w", clock_};
  Staging staging_{lake_};

  FileInfo put(const std::string& path, std::string_view bytes, FileProperties properties = {}) {
    return properties_.put(p(path), source_of(bytes), {}, {}, [&] { return properties; });
  }
  std::string type_of(const std::string& path) {
    return properties_.get(lake_.stat(p(path))).content_type;
  }
};

TEST_F(StorageTest, PropertiesBelongToTheBytesThatTheyCameWith) {
  FileProperties full{.content_type = "text/csv", .metadata = {{"A", "ä"}}};
  full.blocks = {{std::string("\0\1", 2), 7}};
  full.access = AccessControl::usual(false);
  put("files/x", "1", full);
  const FileProperties got = properties_.get(lake_.stat(p("files/x")));
  EXPECT_EQ(got.content_type, "text/csv");
  EXPECT_EQ(got.metadata, full.metadata);
  ASSERT_EQ(got.blocks.size(), 1u);
  EXPECT_EQ(got.blocks[0].id, full.blocks[0].id);
  EXPECT_EQ(got.access, full.access);
  lake_.put(p("files/x"), "2");
  EXPECT_TRUE(properties_.get(lake_.stat(p("files/x"))).is_default());
}

TEST_F(StorageTest, SettingChangesTheEtagAndNotTheBytes) {
  const FileInfo before = put("files/x", "bytes");
  const FileInfo after =
      properties_.set(p("files/x"), {}, [](auto& all) { all.content_type = "a/b"; });
  EXPECT_NE(before.etag, after.etag);
  EXPECT_EQ(lake_.read(p("files/x")), "bytes");
  EXPECT_EQ(type_of("files/x"), "a/b");
  EXPECT_ERROR(kConflict, properties_.set(p("files/x"), {.if_match = before.etag}, [](auto&) {}));
  EXPECT_EQ(lake_.stat(p("files/x")).etag, after.etag);
}

TEST_F(StorageTest, PropertiesFollowNames) {
  put("files/d\u00fc/one/x", "1", {.content_type = "x"});
  put("files/d\u00fc2/x", "1", {.content_type = "beside"});
  lake_.rename(p("files/d\u00fc"), p("files/e"));
  EXPECT_EQ(type_of("files/e/one/x"), "x");
  EXPECT_EQ(type_of("files/d\u00fc2/x"), "beside");
  properties_.set(p("files/e"), {}, [](auto& all) { all.content_type = "folder"; });
  EXPECT_EQ(type_of("files/e"), "folder");
  lake_.remove(p("files/e"), true);
  lake_.make_folder(p("files/e"));
  EXPECT_EQ(type_of("files/e"), "") << "a new folder is another one";
}

TEST_F(StorageTest, AFailedPutLeavesTheOldFileAndItsProperties) {
  put("files/x", "1", {.content_type = "old"});
  EXPECT_ERROR(kInvalidArgument,
               properties_.put(p("files/x"), source_of("2"), {}, {}, []() -> FileProperties {
                 throw Error(Code::kInvalidArgument, "the checksum is wrong");
               }));
  EXPECT_EQ(lake_.read(p("files/x")), "1");
  EXPECT_EQ(type_of("files/x"), "old");
}

TEST_F(StorageTest, APageOfManyIsReadAtOnce) {
  std::vector<FileInfo> infos;
  for (int i = 0; i < 900; ++i) {
    infos.push_back(put("files/n" + std::to_string(i), "", {.content_type = std::to_string(i)}));
  }
  const auto all = properties_.get(infos);
  for (int i = 0; i < 900; ++i) ASSERT_EQ(all[i].content_type, std::to_string(i));
}

TEST_F(StorageTest, ContainersGoWithAllThatIsInThem) {
  lake_.create_container("raw");
  put("raw/x", "1", {.content_type = "x"});
  lake_.remove_container("raw");
  EXPECT_ERROR(kNotFound, lake_.remove_container("raw"));
  EXPECT_ERROR(kConflict, lake_.remove_container("files"));
  lake_.create_container("raw");
  lake_.put(p("raw/x"), "1");
  EXPECT_EQ(type_of("raw/x"), "");
}

TEST_F(StorageTest, ListsFilesAloneFromANameOn) {
  for (const char* path : {"files/a/1", "files/a/b/2", "files/a/b/3", "files/ab", "files/c"}) {
    lake_.put(p(path), "");
  }
  lake_.make_folder(p("files/a/empty"));
  const auto list = [this](ListOptions options) {
    std::vector<std::string> found;
    ListPage page;
    options.limit = 2;
    do {
      page = lake_.list(p("files"), options);
      for (const auto& info : page.entries) found.push_back(info.path.path);
      options.continuation = page.continuation;
    } while (!page.continuation.empty());
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(list({.recursive = true, .files_only = true}),
            (Names{"a/1", "a/b/2", "a/b/3", "ab", "c"}));
  EXPECT_EQ(list({.recursive = true, .prefix = "a", .files_only = true}),
            (Names{"a/1", "a/b/2", "a/b/3", "ab"}));
  EXPECT_EQ(list({.recursive = true, .files_only = true, .from = "a/b/3"}),
            (Names{"a/b/3", "ab", "c"}));
  EXPECT_EQ(list({.recursive = true, .files_only = true, .from = "a/b"}),
            (Names{"a/b/2", "a/b/3", "ab", "c"}));
  EXPECT_EQ(list({.from = "aa"}), (Names{"ab", "c"}));
  EXPECT_ERROR(kInvalidArgument, list({.from = "../x"}));
}

TEST_F(StorageTest, LeasesGoThroughTheirStates) {
  const LakePath path = p("files/x");
  Lease lease;
  using State = Lease::State;
  EXPECT_EQ(leases_.get(path).state, State::kAvailable);
  EXPECT_EQ(leases_.renew(path, "a", lease), LeaseRefusal::kIdMismatch);
  EXPECT_EQ(leases_.acquire(path, "a", 15, lease), std::nullopt);
  EXPECT_EQ(leases_.acquire(path, "b", 15, lease), LeaseRefusal::kAlreadyPresent);
  EXPECT_EQ(leases_.acquire(path, "A", 20, lease), std::nullopt) << "its holder may again";
  clock_.forward(19);
  EXPECT_TRUE(leases_.get(path).active());
  clock_.forward(1);
  EXPECT_EQ(leases_.get(path).state, State::kExpired);
  EXPECT_EQ(leases_.renew(path, "a", lease), std::nullopt) << "nobody took it meanwhile";
  EXPECT_EQ(leases_.change(path, "a", "c", lease), std::nullopt);
  EXPECT_EQ(lease.id, "c");
  EXPECT_EQ(leases_.end(path, 60, lease), std::nullopt);
  EXPECT_EQ(lease.break_left_s, 20) << "no longer than it lasts";
  EXPECT_EQ(leases_.acquire(path, "d", 15, lease), LeaseRefusal::kBreakingNoAcquire);
  clock_.forward(20);
  EXPECT_EQ(leases_.get(path).state, State::kBroken);
  EXPECT_EQ(leases_.renew(path, "c", lease), LeaseRefusal::kBrokenNoRenew);
  EXPECT_EQ(leases_.acquire(path, "d", kLeaseInfinite, lease), std::nullopt);
  clock_.forward(1'000'000);
  EXPECT_TRUE(leases_.get(path).active());
  EXPECT_EQ(leases_.release(path, "c"), LeaseRefusal::kIdMismatch);
  EXPECT_EQ(leases_.release(path, "d"), std::nullopt);
  EXPECT_EQ(leases_.end(path, 0, lease), LeaseRefusal::kNotPresent);
}

TEST_F(StorageTest, PiecesAreStagedAndSwept) {
  const LakePath path = p("files/x");
  staging_.put(path, "b-2", source_of("two"), {});
  staging_.put(path, "b-1", source_of("one"), {});
  ASSERT_EQ(staging_.pieces(path).size(), 2u);
  EXPECT_EQ(staging_.pieces(path)[0].name, "b-1");
  EXPECT_EQ(staging_.open(path, "b-3").file, nullptr);
  const ByteSource both = source_of({staging_.open(path, "b-2"), staging_.open(path, "b-1")});
  lake_.put(path, both);
  EXPECT_EQ(lake_.read(path), "twoone");
  EXPECT_ERROR(kTooLarge, staging_.put(path, "big", source_of("1234"), {}, 3));
  EXPECT_EQ(staging_.pieces(path).size(), 2u);
  EXPECT_EQ(lake_.containers(), (std::vector<std::string>{"artifacts", "files", "models"}));
  EXPECT_EQ(staging_.sweep(), 0u);
  for (const auto& folder : fs::directory_iterator(lake_.root() / ".staging")) {
    fs::last_write_time(folder.path(),
                        fs::file_time_type::clock::now() - std::chrono::hours(24 * 8));
  }
  EXPECT_EQ(staging_.sweep(), 1u);
  EXPECT_TRUE(staging_.pieces(path).empty());
}

TEST(AccessControl, ReadsAndWritesItsTexts) {
  AccessControl control = AccessControl::usual(true);
  EXPECT_EQ(control.acl(), "user::rwx,group::r-x,other::---");
  control.set_permissions("1644");
  EXPECT_EQ(control.permissions(), "rw-r--r-T");
  control.set_permissions("rwxrwxrwt");
  EXPECT_TRUE(control.sticky);
  control.set_acl("user::rw-,user:x:r--,group::---,mask::r--,other::--x,default:user::rwx");
  EXPECT_EQ(control.entries.size(), 6u);
  EXPECT_EQ(control.acl(),
            "user::rw-,user:x:r--,group::---,mask::r--,other::--x,default:user::rwx");
  const AccessControl before = control;
  for (const char* text :
       {"", "user::rwx", "user::rwx,group::rwx", "user::rwy,group::---,other::---",
        "user::rwx,user::rwx,group::---,other::---", "x::rwx,user::rwx,group::---,other::---",
        "user::rwx,group::---,other:x:---", "a:user::rwx,group::---,other::---"}) {
    EXPECT_ERROR(kInvalidArgument, control.set_acl(text));
  }
  for (const char* text : {"", "9999", "2755", "rwx", "rwxrwxrwxrwx", "xwrrwxrwx"}) {
    EXPECT_ERROR(kInvalidArgument, control.set_permissions(text));
  }
  EXPECT_EQ(control, before);
}

}  // namespace
}  // namespace tarn::lake
