// What MLflow's registry asks of models beyond registering and finding them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assets/models.h"
#include "assets/version_files.h"
#include "base/error.h"
#include "base/files.h"
#include "meta/workspaces.h"
#include "temporary_folder.h"
#include "test_store.h"

namespace tarn::assets {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename F>
Error registry_error(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return Error(Code::kInternal, "none");
}

class RegistryTest : public ::testing::Test {
 protected:
  ModelVersion make(const std::string& name, Tags tags = {}, const std::string& run_id = {},
                    const std::string& source = {}) {
    VersionSpec spec;
    spec.name = name;
    spec.tags = std::move(tags);
    spec.lineage.run_id = run_id;
    spec.source = source;
    return models_.register_bytes("ONNX", spec);
  }
  ModelVersion make_folder(std::initializer_list<std::pair<std::string, std::string>> files) {
    const std::filesystem::path folder = home_ / ("source" + std::to_string(++sources_));
    for (const auto& [path, bytes] : files) write_file(folder / path, bytes);
    VersionSpec spec;
    spec.name = "m";
    spec.main_file_may_lack = true;
    return models_.register_folder(folder, spec);
  }
  std::vector<std::string> models(const std::string& filter,
                                  std::vector<std::string> order_by = {}) {
    std::vector<std::string> names;
    for (const RegisteredModel& found :
         models_.search_models({.filter = filter, .order_by = std::move(order_by), .token = {}})
             .items)
      names.push_back(found.model.name);
    return names;
  }
  std::vector<std::string> versions(const std::string& filter, std::vector<std::string> order_by = {
                                                                   "name", "version_number"}) {
    std::vector<std::string> uris;
    for (const ModelVersion& found :
         models_.search_versions({.filter = filter, .order_by = std::move(order_by), .token = {}})
             .items)
      uris.push_back(found.uri().substr(8));
    return uris;
  }
  std::string refused(const std::string& filter, std::vector<std::string> order_by = {}) {
    const Error error = registry_error([&] { versions(filter, order_by); });
    EXPECT_EQ(error.code(), Code::kInvalidArgument) << filter;
    return error.message();
  }

  TemporaryFolder home_;
  int sources_ = 0;
  std::filesystem::path container_ = home_ / "lake/models";
  std::unique_ptr<meta::Store> store_ = meta::Store::open(test_store(home_ / "tarn.db"));
  std::string workspace_ = meta::ensure_workspace(*store_, "main");
  Models models_{*store_, workspace_, container_};
};

TEST_F(RegistryTest, ModelsAreFoundByNameAndTags) {
  for (const char* name : {"alpha", "Beta", "beta2", "gamma"}) models_.create(name);
  models_.set_tag("alpha", "team", "red");
  models_.set_tag("gamma", "team", "blue");
  EXPECT_THAT(models(""), ElementsAre("Beta", "alpha", "beta2", "gamma"));
  EXPECT_THAT(models("name = 'alpha'"), ElementsAre("alpha"));
  EXPECT_THAT(models("name LIKE 'be%'"), ElementsAre("beta2"));
  EXPECT_THAT(models("name ILIKE 'be%'"), ElementsAre("Beta", "beta2"));
  EXPECT_THAT(models("name IN ('alpha', 'gamma', 'none')"), ElementsAre("alpha", "gamma"));
  EXPECT_THAT(models("tags.team = 'red'"), ElementsAre("alpha"));
  EXPECT_THAT(models("tag.team != 'red'"), ElementsAre("gamma"));
  EXPECT_THAT(models("tags.`team` ILIKE 'B%' AND name != 'alpha'"), ElementsAre("gamma"));
  EXPECT_THAT(models("", {"name DESC"}), ElementsAre("gamma", "beta2", "alpha", "Beta"));
  models_.describe("Beta", "changed");
  EXPECT_EQ(models("", {"last_updated_timestamp DESC"}).front(), "Beta");
}

TEST_F(RegistryTest, AModelIsFoundWithTheNewestVersionOfEachStage) {
  for (int i = 0; i < 4; ++i) make("m");
  models_.transition("m", 1, ModelStage::kProduction, false);
  models_.transition("m", 2, ModelStage::kProduction, false);
  const auto page = models_.search_models({.token = {}});
  ASSERT_EQ(page.items.size(), 1u);
  std::vector<std::int64_t> numbers;
  for (const ModelVersion& version : page.items[0].latest) numbers.push_back(version.version);
  EXPECT_THAT(numbers, ElementsAre(2, 4));
}

TEST_F(RegistryTest, VersionsAreFoundByEveryAttribute) {
  const std::string run(32, 'a');
  make("a", {{"k", "v"}}, run, "runs:/" + run + "/model");
  make("a");
  make("b", {{"k", "w"}});
  EXPECT_THAT(versions(""), ElementsAre("a/1", "a/2", "b/1"));
  EXPECT_THAT(versions("name = 'a' AND version_number > 1"), ElementsAre("a/2"));
  EXPECT_THAT(versions("version_number = '1'"), ElementsAre("a/1", "b/1"));
  EXPECT_THAT(versions("run_id = '" + run + "'"), ElementsAre("a/1"));
  EXPECT_THAT(versions("run_id IN ('" + run + "', 'x')"), ElementsAre("a/1"));
  EXPECT_THAT(versions("run_id != '" + run + "'"), ElementsAre("a/2", "b/1"));
  EXPECT_THAT(versions("source_path LIKE 'runs:/%'"), ElementsAre("a/1"));
  EXPECT_THAT(versions("source_path = 'mlflow-artifacts:/registered-models/b/1'"),
              ElementsAre("b/1"));
  EXPECT_THAT(versions("tags.k = 'v'"), ElementsAre("a/1"));
  EXPECT_THAT(versions("", {"name DESC"}), ElementsAre("b/1", "a/2", "a/1"));
  EXPECT_THAT(versions("", {"version_number ASC", "name DESC"}), ElementsAre("b/1", "a/1", "a/2"));
}

TEST_F(RegistryTest, WhatTheLanguageDoesNotHaveIsRefused) {
  EXPECT_EQ(refused("metrics.x > 1"),
            "Invalid entity type 'metric'. Valid entity types are ('attribute', 'tag', 'tags')");
  EXPECT_THAT(refused("color = 'red'"), ::testing::HasSubstr("Invalid attribute key 'color'"));
  EXPECT_EQ(refused("name > 'a'"), "Invalid comparator for attribute: >");
  EXPECT_EQ(refused("tags.k IN ('a')"), "Invalid comparator for tag: IN");
  EXPECT_EQ(refused("tags.k = 1"),
            "Expected a quoted string value for tag (e.g. 'my-value'). Got value 1");
  EXPECT_EQ(refused("version_number LIKE '1'"),
            "Invalid comparator for attribute version_number: LIKE");
  EXPECT_EQ(refused("version_number = 1.5"),
            "Invalid value for numeric attribute 'version_number': 1.5");
  EXPECT_EQ(refused("version_number = 'x'"),
            "Invalid value for numeric attribute 'version_number': 'x'");
  EXPECT_EQ(refused("source_path IN ('a')"),
            "Only ['name', 'run_id'] attributes support comparison with a list of quoted string "
            "values.");
  EXPECT_THAT(refused("", {"run_id"}), ::testing::HasSubstr("Invalid order by key 'run_id'"));
  EXPECT_EQ(refused("", {"name", "name DESC"}), "`order_by` contains duplicate fields: name");
  EXPECT_EQ(registry_error([&] { models_.search_models({.size = 1001, .token = {}}); }).code(),
            Code::kInvalidArgument);
  EXPECT_EQ(registry_error([&] { models_.search_models({.size = 0, .token = {}}); }).code(),
            Code::kInvalidArgument);
}

TEST_F(RegistryTest, PagesFollowEachOther) {
  for (int i = 0; i < 5; ++i) make("m" + std::to_string(i));
  std::vector<std::string> seen;
  ModelSearch search{.size = 2, .token = {}};
  do {
    const auto page = models_.search_models(search);
    for (const RegisteredModel& found : page.items) seen.push_back(found.model.name);
    search.token = page.next_token;
  } while (!search.token.empty());
  EXPECT_THAT(seen, ElementsAre("m0", "m1", "m2", "m3", "m4"));
  search.token = "no token";
  EXPECT_EQ(registry_error([&] { models_.search_models(search); }).code(), Code::kInvalidArgument);
}

TEST_F(RegistryTest, PromptsAreFoundWhereTheyAreAskedForAlone) {
  make("model");
  models_.create("prompt", {}, {{std::string(kPromptTag), "true"}});
  VersionSpec spec;
  spec.name = "prompt";
  spec.source = "prompt-template";
  spec.tags = {{std::string(kPromptTag), "true"},
               {"mlflow.prompt.text", std::string(kTagValueCharactersMax, 't')}};
  const ModelVersion version = models_.register_prompt(spec);
  EXPECT_EQ(version.folder, "");
  EXPECT_EQ(version.size_bytes, 0u);
  EXPECT_THAT(models(""), ElementsAre("model"));
  EXPECT_THAT(models("tags.`mlflow.prompt.is_prompt` = 'true'"), ElementsAre("prompt"));
  EXPECT_THAT(models("tags.`mlflow.prompt.is_prompt` != 'false'"), ElementsAre("prompt"));
  EXPECT_THAT(models("tags.`mlflow.prompt.is_prompt` = 'false'"), ElementsAre("model"));
  EXPECT_THAT(models("tags.`mlflow.prompt.is_prompt` != 'true'"), ElementsAre("model"));
  EXPECT_THAT(versions(""), ElementsAre("model/1"));
  EXPECT_THAT(versions("name = 'prompt' AND tag.`mlflow.prompt.is_prompt` = 'true'"),
              ElementsAre("prompt/1"));
  EXPECT_THAT(version_files(models_.resolve("prompt:1").folder), IsEmpty());
  models_.remove_version("prompt", 1);
  models_.remove_model("prompt");
  EXPECT_EQ(models_.read_main_file(models_.resolve("model:1")), "ONNX");
}

TEST_F(RegistryTest, ARenamedModelKeepsEverything) {
  make("old", {{"k", "v"}}, std::string(32, 'a'), "runs:/x");
  make("old");
  models_.set_tag("old", "t", "u");
  models_.set_alias("old", "champion", 1);
  models_.create("taken");
  EXPECT_EQ(registry_error([&] { models_.rename("old", "taken"); }).code(), Code::kAlreadyExists);
  EXPECT_EQ(registry_error([&] { models_.rename("none", "x"); }).code(), Code::kNotFound);
  EXPECT_EQ(registry_error([&] { models_.rename("old", "a/b"); }).code(), Code::kInvalidArgument);
  const Model renamed = models_.rename("old", "new");
  EXPECT_EQ(renamed.name, "new");
  EXPECT_EQ(renamed.tags.at("t"), "u");
  EXPECT_EQ(renamed.aliases.at("champion"), 1);
  const ResolvedModel first = models_.resolve("new@champion");
  EXPECT_EQ(first.version.tags.at("k"), "v");
  EXPECT_EQ(first.version.source, "runs:/x");
  EXPECT_EQ(first.version.lineage.run_id, std::string(32, 'a'));
  EXPECT_EQ(models_.read_main_file(first), "ONNX");
  EXPECT_EQ(registry_error([&] { models_.model("old"); }).code(), Code::kNotFound);
  // The old name is free, and its files do not meet those that stayed.
  EXPECT_EQ(make("old").version, 1);
  EXPECT_EQ(make("new").version, 3);
  models_.remove_model("old");
  EXPECT_EQ(models_.read_main_file(models_.resolve("new:1")), "ONNX");
  EXPECT_EQ(models_.rename("new", "new").name, "new");
}

TEST_F(RegistryTest, ATransitionArchivesTheOthers) {
  for (int i = 0; i < 3; ++i) make("m");
  models_.transition("m", 1, ModelStage::kStaging, false);
  models_.transition("m", 2, ModelStage::kStaging, false);
  EXPECT_EQ(models_.transition("m", 3, ModelStage::kStaging, true).stage, ModelStage::kStaging);
  EXPECT_EQ(models_.version("m", 1).stage, ModelStage::kArchived);
  EXPECT_EQ(models_.version("m", 2).stage, ModelStage::kArchived);
  EXPECT_EQ(registry_error([&] { models_.transition("m", 9, ModelStage::kStaging, true); }).code(),
            Code::kNotFound);
}

TEST_F(RegistryTest, FilesThatMayHoldPicklesAreMarked) {
  const std::string pickle("\x80\x04\x95.", 4);
  const std::string zip("PK\x03\x04 and so on");
  const ModelVersion marked = make_folder({{"MLmodel", "flavors"},
                                           {"model.PKL", "any"},
                                           {"data/weights.bin", zip},
                                           {"data/plain.bin", "plain"},
                                           {"archive.zip", zip},
                                           {"nameless", pickle},
                                           {"almost", pickle + "x"}});
  EXPECT_EQ(marked.tags.at(std::string(kPickleFilesTag)),
            R"(["data/weights.bin","model.PKL","nameless"])");
  EXPECT_THAT(make_folder({{"MLmodel", "flavors"}, {"model.onnx", "\x08\x07"}}).tags, IsEmpty());
  const auto reserved = [&](auto work) {
    EXPECT_EQ(registry_error(work).code(), Code::kInvalidArgument);
  };
  reserved([&] { models_.set_version_tag("m", 1, kPickleFilesTag, "[]"); });
  reserved([&] { models_.remove_version_tag("m", 1, kPickleFilesTag); });
  reserved([&] { make("m", {{std::string(kPickleFilesTag), "[]"}}); });
}

TEST_F(RegistryTest, OfSeveralOnnxFilesTheMainOneMayLack) {
  EXPECT_EQ(make_folder({{"a.onnx", "1"}, {"b.onnx", "2"}}).main_file, "");
  EXPECT_EQ(make_folder({{"a.onnx", "1"}, {"model.onnx", "2"}}).main_file, "model.onnx");
}

TEST_F(RegistryTest, AVersionOfNoModelIsRefusedWhereTheModelMustExist) {
  VersionSpec spec;
  spec.name = "none";
  spec.model_must_exist = true;
  EXPECT_EQ(registry_error([&] { models_.register_bytes("x", spec); }).code(), Code::kNotFound);
  EXPECT_EQ(registry_error([&] { models_.register_prompt(spec); }).code(), Code::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(container_ / "none"));
}

TEST_F(RegistryTest, TagsAndAliasesDoNotChangeTheTime) {
  make("m");
  const Model model = models_.model("m");
  const ModelVersion version = models_.version("m", 1);
  models_.set_tag("m", "k", "v");
  models_.set_alias("m", "champion", 1);
  models_.set_version_tag("m", 1, "k", "v");
  EXPECT_EQ(models_.model("m").modified_at, model.modified_at);
  EXPECT_NE(models_.model("m").etag, model.etag);
  EXPECT_EQ(models_.version("m", 1).modified_at, version.modified_at);
  EXPECT_NE(models_.version("m", 1).etag, version.etag);
}

}  // namespace
}  // namespace tarn::assets
