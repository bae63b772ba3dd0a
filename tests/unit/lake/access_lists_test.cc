#include "lake/access_lists.h"

#include <gtest/gtest.h>

#include "short_path.h"
#include "temporary_folder.h"

namespace tarn::lake {
namespace {

AccessControl list(const std::string& acl, const std::string& owner = "$superuser") {
  AccessControl control;
  control.owner = owner;
  control.set_acl(acl);
  return control;
}

TEST(AccessControl, TheFirstEntryThatFitsDecides) {
  const AccessControl control =
      list("user::r--,user:alice:rwx,user:bob:---,group::rwx,mask::r-x,other::-wx", "carol");
  const auto may = [&](const char* id, const char* name, const char* wanted) {
    return control.allows({id, name}, wanted);
  };
  EXPECT_TRUE(may("1", "alice", "rx"));
  EXPECT_FALSE(may("1", "alice", "w")) << "the mask";
  EXPECT_TRUE(may("alice", "", "r")) << "by its id too";
  EXPECT_FALSE(may("2", "bob", "x")) << "named, and not one of the others";
  EXPECT_TRUE(may("3", "carol", "r"));
  EXPECT_FALSE(may("3", "carol", "x")) << "the owner is not one of the others";
  EXPECT_TRUE(may("4", "dan", "x"));
  EXPECT_FALSE(may("4", "dan", "w")) << "the mask";
  EXPECT_FALSE(may("", "", "r"));
  EXPECT_TRUE(may("4", "dan", ""));
}

TEST(AccessControl, ChildrenGetTheDefaultEntries) {
  const AccessControl folder = list(
      "user::rwx,group::---,other::---,default:user::rwx,default:user:alice:r-x,default:other::r-"
      "x");
  EXPECT_FALSE(list("user::rwx,group::---,other::---").inherited(false));
  EXPECT_EQ(folder.inherited(false)->acl(), "user::rwx,user:alice:r-x,other::---,group::---");
  const auto inner = folder.inherited(true);
  EXPECT_EQ(inner->acl(),
            "user::rwx,user:alice:r-x,other::---,group::---,default:user::rwx,"
            "default:user:alice:r-x,default:other::r-x");
  EXPECT_EQ(inner->inherited(false)->acl(), folder.inherited(false)->acl());
}

class AccessListsTest : public testing::Test {
 protected:
  AccessListsTest() {
    lake_.create_container("raw");
    lake_.put(p("raw/a/b/f"), "1");
  }
  void set(const std::string& path, const std::string& acl, const std::string& owner = "o",
           bool sticky = false) {
    properties_.set(p(path), {}, [&](auto& all) {
      all.access = list(acl, owner);
      all.access->sticky = sticky;
    });
  }
  void open_all(const std::string& alice) {
    set("raw", "user::rwx,user:alice:--x,group::---,other::---");
    set("raw/a", "user::rwx,user:alice:--x,group::---,other::---");
    set("raw/a/b", "user::rwx,user:alice:" + alice + ",group::---,other::---");
  }

  TemporaryFolder home_;
  std::unique_ptr<meta::Store> store_ = meta::Store::open((home_ / "tarn.db").string());
  Lake lake_{home_ / "lake"};
  Properties properties_{*store_, "w", lake_};
  AccessLists lists_{lake_, properties_};
  const Accessor alice_{"1", "alice"};
};

TEST_F(AccessListsTest, WithoutAListOnlyItsOwnerGetsIn) {
  EXPECT_FALSE(lists_.may_read(alice_, p("raw/a/b/f")));
  EXPECT_FALSE(lists_.may_write(alice_, p("raw/a/b/new")));
  EXPECT_FALSE(lists_.may_delete(alice_, p("raw/a/b/f")));
  EXPECT_FALSE(lists_.may_read(alice_, p("raw")));
  EXPECT_FALSE(lists_.may_read(alice_, p("absent/x")));
}

TEST_F(AccessListsTest, ReadingNeedsTheWayToTheFile) {
  set("raw/a/b/f", "user::rw-,user:alice:r--,group::---,other::---");
  EXPECT_FALSE(lists_.may_read(alice_, p("raw/a/b/f"))) << "no way through the folders";
  open_all("--x");
  EXPECT_TRUE(lists_.may_read(alice_, p("raw/a/b/f")));
  EXPECT_FALSE(lists_.may_read(alice_, p("raw/a/b"))) << "listing needs r";
  EXPECT_FALSE(lists_.may_write(alice_, p("raw/a/b/f")));
  EXPECT_FALSE(lists_.may_read(alice_, p("raw/a/b/absent")));
  set("raw/a", "user::rwx,user:alice:rw-,group::---,other::---");
  EXPECT_FALSE(lists_.may_read(alice_, p("raw/a/b/f")));
}

TEST_F(AccessListsTest, WritingAndDeleting) {
  open_all("-wx");
  EXPECT_TRUE(lists_.may_write(alice_, p("raw/a/b/new")));
  EXPECT_TRUE(lists_.may_write(alice_, p("raw/a/b/deep/er/new"))) << "the nearest folder decides";
  EXPECT_FALSE(lists_.may_write(alice_, p("raw/a/b/f"))) << "its own list";
  EXPECT_TRUE(lists_.may_delete(alice_, p("raw/a/b/f"))) << "its folder's list alone";
  EXPECT_FALSE(lists_.may_delete(alice_, p("raw/a/b")));
  EXPECT_FALSE(lists_.may_delete(alice_, p("raw")));
  set("raw/a/b/f", "user::rw-,user:alice:rw-,group::---,other::---");
  EXPECT_TRUE(lists_.may_write(alice_, p("raw/a/b/f")));
}

TEST_F(AccessListsTest, AFolderGoesWithAllThatIsInIt) {
  open_all("rwx");
  lake_.put(p("raw/a/b/c/g"), "1");
  set("raw/a", "user::rwx,user:alice:-wx,group::---,other::---");
  EXPECT_FALSE(lists_.may_delete(alice_, p("raw/a/b"))) << "c is another's";
  set("raw/a/b/c", "user::rwx,user:alice:rwx,group::---,other::---");
  EXPECT_TRUE(lists_.may_delete(alice_, p("raw/a/b")));
}

TEST_F(AccessListsTest, TheStickyBitKeepsOthersFiles) {
  open_all("rwx");
  set("raw/a/b", "user::rwx,user:alice:rwx,group::---,other::---", "o", true);
  EXPECT_FALSE(lists_.may_delete(alice_, p("raw/a/b/f")));
  set("raw/a/b/f", "user::---,group::---,other::---", "1");
  EXPECT_TRUE(lists_.may_delete(alice_, p("raw/a/b/f")));
  EXPECT_TRUE(lists_.owns(alice_, p("raw/a/b/f")));
  EXPECT_FALSE(lists_.owns(alice_, p("raw/a/b")));
}

TEST_F(AccessListsTest, WhatHasNoListHasItsFoldersDefaults) {
  open_all("--x");
  set("raw/a/b",
      "user::rwx,user:alice:--x,group::---,other::---,default:user::rwx,default:user:alice:r-x");
  EXPECT_TRUE(lists_.may_read(alice_, p("raw/a/b/f"))) << "whoever wrote it";
  lake_.put(p("raw/a/b/c/d/g"), "1");
  EXPECT_TRUE(lists_.may_read(alice_, p("raw/a/b/c/d/g")));
  EXPECT_TRUE(lists_.may_read(alice_, p("raw/a/b/c/d")));
  EXPECT_FALSE(lists_.may_write(alice_, p("raw/a/b/c/d/g")));
  EXPECT_EQ(lists_.inherited(p("raw/a/b/new"), false)->acl(),
            "user::rwx,user:alice:r-x,group::---,other::---");
  set("raw/a/b/f", "user::rwx,group::---,other::---");
  EXPECT_FALSE(lists_.may_read(alice_, p("raw/a/b/f"))) << "a list of its own goes before";
}

}  // namespace
}  // namespace tarn::lake
