#include "assets/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <thread>

#include "base/digest.h"
#include "base/error.h"
#include "killed_child.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::assets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename F>
Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(Code::kInternal, "none");
}

class ModelsTest : public ::testing::Test {
 protected:
  VersionSpec spec(std::string name = "rentals") const {
    VersionSpec result;
    result.name = std::move(name);
    result.created_by = "alice";
    return result;
  }
  std::string folder_of(std::initializer_list<std::pair<std::string, std::string>> files) {
    const std::filesystem::path folder = home_ / ("source" + std::to_string(++sources_));
    for (const auto& [path, bytes] : files) write_file(folder / path, bytes);
    return folder.string();
  }
  /// What lies in the container besides models' folders in use.
  std::vector<std::string> entries(const std::filesystem::path& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryFolder home_;
  int sources_ = 0;
  std::filesystem::path container_ = home_ / "lake/models";
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::string workspace_ = meta::ensure_workspace(*store_, "main");
  Models models_{*store_, workspace_, container_};
};

TEST_F(ModelsTest, BytesBecomeAVersionWithItsHash) {
  VersionSpec described = spec();
  described.description = "predicts rentals";
  described.lineage = {.run_id = std::string(32, 'a'),
                       .table = "default.dbo.bike_data",
                       .table_version = "3",
                       .seed = "0",
                       .code_version = "0.1.0"};
  described.tags = {{"rmse", "310"}};
  described.aliases = {"champion"};
  const ModelVersion version = models_.register_bytes("ONNX", described);
  EXPECT_EQ(version.uri(), "models:/rentals/1");
  EXPECT_EQ(version.folder, "rentals/1");
  EXPECT_EQ(version.main_file, "model.onnx");
  EXPECT_EQ(version.main_file_sha256, sha256_hex("ONNX"));
  EXPECT_EQ(version.content_sha256, sha256_hex(sha256_hex("ONNX") + "  4  model.onnx\n"));
  EXPECT_EQ(version.size_bytes, 4u);
  EXPECT_EQ(version.lineage, described.lineage);
  EXPECT_EQ(version.created_by, "alice");
  EXPECT_EQ(version.tags.at("rmse"), "310");
  EXPECT_THAT(version.aliases, ElementsAre("champion"));
  EXPECT_EQ(models_.read_main_file(models_.resolve("models:/rentals@champion")), "ONNX");
  EXPECT_THAT(entries(container_ / "rentals/1"), ElementsAre("model.onnx"));
}

TEST_F(ModelsTest, AFolderIsCopiedWhole) {
  const std::string source =
      folder_of({{"MLmodel", "flavors"}, {"data/m.onnx", "ONNX"}, {"a/b/c.txt", ""}});
  const ModelVersion version = models_.register_folder(source, spec());
  EXPECT_EQ(version.main_file, "data/m.onnx");
  EXPECT_EQ(version.size_bytes, 11u);
  write_file(source + "/MLmodel", "changed later");
  const ResolvedModel resolved = models_.resolve("rentals");
  EXPECT_EQ(read_file(resolved.folder / "MLmodel"), "flavors");
  EXPECT_EQ(read_file(resolved.main_file), "ONNX");
  EXPECT_TRUE(std::filesystem::exists(resolved.folder / "a/b/c.txt"));
}

TEST_F(ModelsTest, TheSameContentHasTheSameHashWhateverTheOrderOfWriting) {
  const auto first = models_.register_folder(folder_of({{"a.txt", "1"}, {"b.txt", "2"}}), spec());
  const auto second = models_.register_folder(folder_of({{"b.txt", "2"}, {"a.txt", "1"}}), spec());
  const auto third = models_.register_folder(folder_of({{"a.txt", "2"}, {"b.txt", "1"}}), spec());
  EXPECT_EQ(first.content_sha256, second.content_sha256);
  EXPECT_NE(first.content_sha256, third.content_sha256);
  EXPECT_EQ(first.main_file, "");
  EXPECT_EQ(error_of([&] { models_.read_main_file(models_.resolve("rentals:1")); }).code(),
            Code::kInvalidArgument);
}

TEST_F(ModelsTest, WrongFoldersAreRefusedAndLeaveNothing) {
  EXPECT_EQ(error_of([&] { models_.register_folder(home_ / "none", spec()); }).code(),
            Code::kNotFound);
  std::filesystem::create_directories(home_ / "empty");
  EXPECT_EQ(error_of([&] { models_.register_folder(home_ / "empty", spec()); }).code(),
            Code::kInvalidArgument);
  const std::string linked = folder_of({{"m.onnx", "x"}});
  std::filesystem::create_symlink("/etc/passwd", linked + "/secret.txt");
  EXPECT_EQ(error_of([&] { models_.register_folder(linked, spec()); }).code(),
            Code::kInvalidArgument);
  const Error several = error_of([&] {
    models_.register_folder(folder_of({{"a.onnx", ""}, {"b.onnx", ""}}), spec());
  });
  EXPECT_EQ(several.code(), Code::kInvalidArgument);
  EXPECT_THAT(several.message(), HasSubstr("a.onnx, b.onnx"));
  EXPECT_EQ(error_of([&] {
              models_.register_folder(folder_of({{".tarn-pending", ""}}), spec());
            }).code(),
            Code::kInvalidArgument);
  VersionSpec named = spec();
  named.main_file = "c.onnx";
  EXPECT_EQ(error_of([&] {
              models_.register_folder(folder_of({{"a.onnx", ""}}), named);
            }).code(),
            Code::kInvalidArgument);
  for (const char* bad : {"../m.onnx", "/m.onnx", "a//b", "a/./b", ""}) {
    named.main_file = bad;
    if (*bad == '\0') continue;
    EXPECT_EQ(error_of([&] { models_.register_bytes("x", named); }).code(), Code::kInvalidArgument)
        << bad;
  }
  EXPECT_TRUE(models_.models().items.empty());
  EXPECT_TRUE(entries(container_).empty());
  EXPECT_EQ(models_.register_bytes("x", spec()).version, 1);
}

TEST_F(ModelsTest, EightThreadsGetEightContiguousVersions) {
  std::vector<std::int64_t> versions(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    threads.emplace_back([&, i] {
      versions[i] = models_.register_bytes("bytes " + std::to_string(i), spec()).version;
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(versions.begin(), versions.end());
  EXPECT_THAT(versions, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8));
  for (const std::int64_t version : versions) {
    EXPECT_THAT(models_.read_main_file(models_.resolve("rentals:" + std::to_string(version))),
                HasSubstr("bytes"));
  }
}

TEST_F(ModelsTest, ReferencesOfEveryFormFindTheirVersion) {
  for (const char* bytes : {"one", "two", "three"}) models_.register_bytes(bytes, spec());
  models_.set_alias("rentals", "champion", 2);
  models_.set_stage("rentals", 1, ModelStage::kProduction);
  const auto found = [&](std::string_view reference) {
    return models_.resolve(reference).version.version;
  };
  for (const char* one : {"models:/rentals/1", "rentals:1", "azureml:rentals:1",
                          "models:/rentals/Production", "models:/rentals/production"}) {
    EXPECT_EQ(found(one), 1) << one;
  }
  for (const char* two : {"models:/rentals@champion", "rentals@champion",
                          "azureml:rentals@champion", "rentals:champion"}) {
    EXPECT_EQ(found(two), 2) << two;
  }
  for (const char* three : {"models:/rentals/latest", "models:/rentals", "rentals",
                            "azureml:rentals@latest", "rentals:latest", "models:/rentals@latest"}) {
    EXPECT_EQ(found(three), 3) << three;
  }
}

TEST_F(ModelsTest, WhatIsNotFoundHasAHint) {
  models_.create("empty");
  models_.register_bytes("x", spec());
  models_.set_alias("rentals", "champion", 1);
  const auto hint = [&](std::string_view reference) {
    const Error error = error_of([&] { models_.resolve(reference); });
    EXPECT_EQ(error.code(), Code::kNotFound) << reference;
    return error.hint();
  };
  EXPECT_EQ(hint("models:/rental/1"), "Did you mean 'rentals'?");
  EXPECT_EQ(hint("rentals@champoin"), "Did you mean 'champion'?");
  EXPECT_EQ(hint("rentals@x"), "Its aliases are champion.");
  EXPECT_EQ(hint("rentals:7"), "Its newest are 1.");
  EXPECT_EQ(hint("empty"), "");
  EXPECT_EQ(hint("models:/rentals/Staging"), "");
  EXPECT_EQ(error_of([&] { models_.resolve("models:/rentals/nonsense"); }).code(),
            Code::kInvalidArgument);
}

TEST_F(ModelsTest, AlteredOrLostFilesAreReported) {
  models_.register_bytes("ONNX", spec());
  write_file(container_ / "rentals/1/model.onnx", "XNNO");
  EXPECT_EQ(error_of([&] { models_.read_main_file(models_.resolve("rentals")); }).code(),
            Code::kDataLoss);
  std::filesystem::remove(container_ / "rentals/1/model.onnx");
  EXPECT_EQ(error_of([&] { models_.read_main_file(models_.resolve("rentals")); }).code(),
            Code::kDataLoss);
}

TEST_F(ModelsTest, ChangesBasedOnAnOldStateAreConflicts) {
  const ModelVersion version = models_.register_bytes("x", spec());
  const ModelVersion staged = models_.set_stage("rentals", 1, ModelStage::kStaging, version.etag);
  EXPECT_EQ(staged.stage, ModelStage::kStaging);
  EXPECT_EQ(
      error_of([&] { models_.set_stage("rentals", 1, ModelStage::kNone, version.etag); }).code(),
      Code::kConflict);
  EXPECT_EQ(error_of([&] { models_.describe("rentals", 1, "d", version.etag); }).code(),
            Code::kConflict);
  EXPECT_EQ(models_.describe("rentals", 1, "d", staged.etag).description, "d");
  const Model model = models_.model("rentals");
  EXPECT_EQ(models_.describe("rentals", "about", model.etag).description, "about");
  EXPECT_EQ(error_of([&] { models_.describe("rentals", "again", model.etag); }).code(),
            Code::kConflict);
}

TEST_F(ModelsTest, TagsAndAliasesMayChange) {
  models_.register_bytes("x", spec());
  models_.register_bytes("y", spec());
  models_.set_alias("rentals", "champion", 1);
  models_.set_alias("rentals", "champion", 2);
  EXPECT_EQ(models_.model("rentals").aliases.at("champion"), 2);
  EXPECT_TRUE(models_.version("rentals", 1).aliases.empty());
  EXPECT_TRUE(models_.remove_alias("rentals", "champion"));
  EXPECT_FALSE(models_.remove_alias("rentals", "champion"));
  models_.set_tag("rentals", "k", "v");
  models_.set_version_tag("rentals", 2, "k", "w");
  EXPECT_EQ(models_.model("rentals").tags.at("k"), "v");
  EXPECT_EQ(models_.version("rentals", 2).tags.at("k"), "w");
  EXPECT_TRUE(models_.remove_tag("rentals", "k"));
  EXPECT_TRUE(models_.remove_version_tag("rentals", 2, "k"));
  EXPECT_FALSE(models_.remove_tag("rentals", "k"));
  EXPECT_FALSE(models_.remove_version_tag("rentals", 2, "k"));
  for (const char* bad : {"latest", "LATEST", "7", "", "a/b", "a@b", ".a"}) {
    EXPECT_EQ(error_of([&] { models_.set_alias("rentals", bad, 1); }).code(),
              Code::kInvalidArgument)
        << bad;
  }
  EXPECT_EQ(error_of([&] { models_.set_alias("rentals", "a", 3); }).code(), Code::kNotFound);
}

TEST_F(ModelsTest, ARemovedVersionsNumberIsNotUsedAgain) {
  models_.register_bytes("x", spec());
  models_.register_bytes("y", spec());
  models_.set_alias("rentals", "champion", 2);
  models_.remove_version("rentals", 2);
  EXPECT_EQ(models_.model("rentals").latest_version, 1);
  EXPECT_TRUE(models_.model("rentals").aliases.empty());
  EXPECT_THAT(entries(container_ / "rentals"), ElementsAre("1"));
  EXPECT_THAT(entries(container_), ElementsAre("rentals"));
  EXPECT_EQ(models_.register_bytes("z", spec()).version, 3);
  EXPECT_EQ(error_of([&] { models_.remove_version("rentals", 2); }).code(), Code::kNotFound);
}

TEST_F(ModelsTest, ARemovedModelIsGoneWithItsFilesAndItsNameIsFree) {
  VersionSpec with_lineage = spec();
  with_lineage.lineage.table = "t";
  models_.register_bytes("x", with_lineage);
  models_.register_bytes("y", with_lineage);
  models_.remove_model("rentals");
  EXPECT_EQ(error_of([&] { models_.model("rentals"); }).code(), Code::kNotFound);
  EXPECT_TRUE(entries(container_ / "rentals").empty());
  const ModelVersion again = models_.register_bytes("z", spec());
  EXPECT_EQ(again.version, 1);
  EXPECT_EQ(again.lineage, Lineage{});
  EXPECT_EQ(models_.read_main_file(models_.resolve("rentals")), "z");
  EXPECT_EQ(error_of([&] { models_.remove_model("none"); }).code(), Code::kNotFound);
}

TEST_F(ModelsTest, SomebodysOwnFilesInTheContainerStay) {
  write_file(container_ / "rentals/1/notes.txt", "mine");
  const ModelVersion version = models_.register_bytes("x", spec());
  EXPECT_EQ(version.version, 1);
  EXPECT_THAT(version.folder, testing::StartsWith("rentals/1-"));
  EXPECT_EQ(models_.read_main_file(models_.resolve("rentals")), "x");
  EXPECT_EQ(models_.sweep(), 0);
  models_.remove_model("rentals");
  EXPECT_EQ(read_file(container_ / "rentals/1/notes.txt"), "mine");
}

/// A home whose models another process changed, until a fail point ended it.
class KilledHome {
 public:
  KilledHome(const char* fail_point, const char* act) {
    run_until_killed("KilledProcess.DISABLED_ChangesModels", fail_point,
                     {{"TARN_TEST_HOME", home_.path().string()}, {"TARN_TEST_ACT", act}});
    store_ = meta::Store::open(test_store(home_ / "tarn.db"));
    models_ =
        std::make_unique<Models>(*store_, meta::ensure_workspace(*store_, "main"), container());
  }

  Models& models() { return *models_; }
  std::filesystem::path container() const { return home_ / "models"; }

 private:
  TemporaryFolder home_;
  std::unique_ptr<meta::Store> store_;
  std::unique_ptr<Models> models_;
};

TEST(KilledProcess, DISABLED_ChangesModels) {
  const char* home = ::getenv("TARN_TEST_HOME");
  const char* act = ::getenv("TARN_TEST_ACT");
  ASSERT_NE(home, nullptr);
  ASSERT_NE(act, nullptr);
  const auto store = meta::Store::open(test_store(std::string(home) + "/tarn.db"));
  Models models(*store, meta::ensure_workspace(*store, "main"), std::string(home) + "/models");
  VersionSpec spec;
  spec.name = "rentals";
  models.register_bytes("x", spec);
  if (std::string_view(act) == "remove") models.remove_version("rentals", 1);
}

TEST_F(ModelsTest, AKilledRegistrationIsThereWholeOrNotAtAll) {
  struct Case {
    const char* fail_point;
    bool registered;
  };
  for (const Case& each :
       {Case{"assets.register.before_commit", false}, Case{"assets.register.in_commit", false},
        Case{"assets.register.after_commit", true}}) {
    KilledHome home(each.fail_point, "register");
    Models& models = home.models();
    const std::filesystem::path container = home.container();
    EXPECT_EQ(models.sweep(), each.registered ? 0 : 1) << each.fail_point;
    EXPECT_EQ(models.models().items.size(), each.registered ? 1u : 0u) << each.fail_point;
    EXPECT_EQ(models.sweep(), 0);
    const ModelVersion next = models.register_bytes("y", spec());
    EXPECT_EQ(next.version, each.registered ? 2 : 1) << each.fail_point;
    EXPECT_EQ(next.folder, "rentals/" + std::to_string(next.version));
    if (each.registered) {
      EXPECT_EQ(models.read_main_file(models.resolve("rentals:1")), "x");
      EXPECT_THAT(entries(container / "rentals/1"), ElementsAre("model.onnx"));
    }
  }
}

TEST_F(ModelsTest, AKilledRemovalIsDoneOrWasNeverBegun) {
  for (const bool committed : {false, true}) {
    KilledHome home(committed ? "assets.remove.after_commit" : "assets.remove.before_commit",
                    "remove");
    Models& models = home.models();
    const std::filesystem::path container = home.container();
    EXPECT_EQ(models.sweep(), committed ? 1 : 0);
    if (committed) {
      EXPECT_EQ(models.model("rentals").latest_version, 0);
      EXPECT_TRUE(entries(container / "rentals").empty());
    } else {
      EXPECT_EQ(models.read_main_file(models.resolve("rentals:1")), "x");
      EXPECT_THAT(entries(container / "rentals/1"), ElementsAre("model.onnx"));
    }
  }
}

TEST_F(ModelsTest, ListsComeInPages) {
  for (const char* name : {"b", "a", "c"}) models_.register_bytes("x", spec(name));
  for (int i = 0; i < 2; ++i) models_.register_bytes("x", spec("a"));
  const auto first = models_.models({.size = 2, .token = {}});
  ASSERT_EQ(first.items.size(), 2u);
  EXPECT_EQ(first.items[0].name, "a");
  EXPECT_EQ(first.items[0].latest_version, 3);
  const auto second = models_.models({.size = 2, .token = first.next_token});
  ASSERT_EQ(second.items.size(), 1u);
  EXPECT_EQ(second.items[0].name, "c");
  EXPECT_EQ(second.next_token, "");
  EXPECT_EQ(models_.models({.size = 3, .token = {}}).next_token, "");

  const auto newest = models_.versions("a", {.size = 2, .token = {}});
  ASSERT_EQ(newest.items.size(), 2u);
  EXPECT_EQ(newest.items[0].version, 3);
  const auto oldest = models_.versions("a", {.size = 2, .token = newest.next_token});
  ASSERT_EQ(oldest.items.size(), 1u);
  EXPECT_EQ(oldest.items[0].version, 1);
  EXPECT_EQ(error_of([&] { models_.versions("none"); }).code(), Code::kNotFound);
  EXPECT_EQ(error_of([&] { models_.models({.size = kModelPageMax + 1, .token = {}}); }).code(),
            Code::kInvalidArgument);

  VersionSpec of_run = spec("d");
  of_run.lineage.run_id = std::string(32, 'b');
  models_.register_bytes("x", of_run);
  models_.register_bytes("x", of_run);
  const auto made = models_.versions_of_run(of_run.lineage.run_id, {.size = 1, .token = {}});
  ASSERT_EQ(made.items.size(), 1u);
  EXPECT_EQ(made.items[0].version, 1);
  EXPECT_EQ(models_.versions_of_run(of_run.lineage.run_id, {.size = 1, .token = made.next_token})
                .items.at(0)
                .version,
            2);
}

TEST_F(ModelsTest, LimitsHoldAtTheLimitAndOnePastIt) {
  const std::string longest(kModelNameBytesMax, 'n');
  EXPECT_EQ(models_.register_bytes("x", spec(longest)).name, longest);
  for (const std::string& bad :
       {std::string(), longest + "n", std::string("a/b"), std::string("a:b"), std::string("a@b"),
        std::string(".."), std::string(".hidden"), std::string("a "), std::string("a\\b"),
        std::string("a\nb"), std::string("\xff"), std::string("a%2fb")}) {
    EXPECT_EQ(error_of([&] { models_.register_bytes("x", spec(bad)); }).code(),
              Code::kInvalidArgument)
        << bad;
    EXPECT_EQ(error_of([&] { models_.create(bad); }).code(), Code::kInvalidArgument) << bad;
  }
  models_.create("limits", std::string(kDescriptionBytesMax, 'd'));
  EXPECT_EQ(
      error_of([&] { models_.create("more", std::string(kDescriptionBytesMax + 1, 'd')); }).code(),
      Code::kTooLarge);
  EXPECT_EQ(error_of([&] { models_.create("limits"); }).code(), Code::kAlreadyExists);
  models_.set_tag("limits", std::string(kTagKeyBytesMax, 'k'),
                  std::string(kTagValueCharactersMax, 'v'));
  EXPECT_EQ(error_of([&] {
              models_.set_tag("limits", std::string(kTagKeyBytesMax + 1, 'k'), "");
            }).code(),
            Code::kTooLarge);
  EXPECT_EQ(error_of([&] {
              models_.set_tag("limits", "k", std::string(kTagValueCharactersMax + 1, 'v'));
            }).code(),
            Code::kTooLarge);
  EXPECT_EQ(error_of([&] { models_.set_tag("limits", "", "v"); }).code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace tarn::assets
