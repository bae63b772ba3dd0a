#pragma once
// assets: registered models. A model has a name and versions 1, 2, 3, …; a version is a folder of
// files that never changes, with the SHA-256 of its content and where it came from.
//
// It owns the container `models` of the lake and the rows of models. It never trains, loads or runs
// one. Thread-safe. Names compare with regard to case, as in MLflow and Azure ML.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assets/reference.h"
#include "base/clock.h"
#include "base/files.h"
#include "meta/paging.h"
#include "meta/store.h"

namespace tarn::assets {

namespace detail {
class StagedVersion;
}

inline constexpr std::size_t kModelNameBytesMax = 255;
inline constexpr std::size_t kAliasBytesMax = 255;
inline constexpr std::size_t kDescriptionBytesMax = 5000;
inline constexpr std::size_t kTagKeyBytesMax = 250;
inline constexpr std::size_t kTagValueCharactersMax = 100'000;  // a prompt's text is one
inline constexpr std::size_t kModelFilesMax = 10'000;           // in one version's folder
inline constexpr std::uint64_t kModelBytesMax = 32ull << 30;    // of one version
inline constexpr std::uint64_t kModelMainBytesMax =
    2ull << 30;  // of a main file read into memory (protobuf's limit)
inline constexpr int kModelPageMax = 1000;
inline constexpr int kVersionSearchPageMax = 10'000;
inline constexpr int kSweepEntriesMax = 100'000;

/// On a version, set when it is registered and by nobody else: its files that may hold Python's
/// pickles, which run code when they are loaded; a JSON array of their paths (docs/models.md).
inline constexpr std::string_view kPickleFilesTag = "tarn.pickle_files";
/// In a version's folder while it comes or goes (docs/models.md).
inline constexpr std::string_view kPendingFile = ".tarn-pending";
/// "true" on what is a prompt of MLflow and no model.
inline constexpr std::string_view kPromptTag = "mlflow.prompt.is_prompt";

using Tags = std::map<std::string, std::string>;

/// MLflow's stages, optional: "None", "Staging", "Production", "Archived".
enum class ModelStage { kNone, kStaging, kProduction, kArchived };
std::string_view name_of(ModelStage stage);
/// Ignores case. Throws Error(kInvalidArgument).
ModelStage parse_model_stage(std::string_view name);

/// Where a version came from. Everything may be empty.
struct Lineage {
  std::string run_id;         // 32 hex digits
  std::string table;          // "default.dbo.bike_data"
  std::string table_version;  // its Delta version
  std::string seed;
  std::string code_version;  // of Tarn

  friend bool operator==(const Lineage&, const Lineage&) = default;
};

struct Model {
  std::string name;
  std::string description;
  std::int64_t latest_version = 0;  // that exists; 0: none
  Micros created_at = 0;
  Micros modified_at = 0;
  Tags tags;
  std::map<std::string, std::int64_t> aliases;
  std::string etag;
};

struct ModelVersion {
  std::string name;
  std::int64_t version = 0;
  std::string description;
  ModelStage stage = ModelStage::kNone;
  // In the container `models`: "<name>/<version>"; empty: it has no files, as a prompt's.
  std::string folder;
  std::string content_sha256;  // of all files: docs/models.md says how
  std::uint64_t size_bytes = 0;
  std::string main_file;  // "model.onnx", below the folder; empty: the version has none
  std::string main_file_sha256;
  Lineage lineage;
  // What MLflow says of where it came from; may be empty.
  std::string source;  // "models:/m-…", "runs:/…/model"
  std::string run_link;
  std::string model_id;  // of a logged model: "m-…"
  std::string created_by;
  Micros created_at = 0;
  Micros modified_at = 0;
  Tags tags;
  std::vector<std::string> aliases;
  std::string etag;

  /// "models:/name/1".
  std::string uri() const;
};

/// A model with the newest version of each stage, by number.
struct RegisteredModel {
  Model model;
  std::vector<ModelVersion> latest;
};

/// MLflow's search: `filter` and `order_by` in its language (meta/search_language.h).
struct ModelSearch {
  std::string filter;
  std::vector<std::string> order_by;
  int size = 100;
  std::string token;  // of the page before
};

/// What to register besides the files.
struct VersionSpec {
  std::string name;
  std::string description;
  std::string main_file;  // of a folder; empty: the only .onnx file in it, if there is one
  bool main_file_may_lack = false;  // of several .onnx files none is it, rather than an error
  bool model_must_exist = false;    // Error(kNotFound) rather than a model made with the version
  Lineage lineage;
  std::string source;
  std::string run_link;
  std::string model_id;
  Tags tags;
  std::string created_by;
  std::vector<std::string> aliases;  // set to this version with it
};

/// What PREDICT and downloads need of a reference.
struct ResolvedModel {
  ModelVersion version;
  std::filesystem::path folder;     // local; empty: the version has no files
  std::filesystem::path main_file;  // local; empty: the version has none
};

class Models {
 public:
  /// `folder` is the local folder of the lake's container `models`, of this workspace alone.
  Models(meta::Store& store, std::string workspace_id, std::filesystem::path folder,
         FileSystem& files = FileSystem::system(), const Clock& clock = Clock::system());

  // -- Registering
  // --------------------------------------------------------------------------------------------------

  /// Throws Error(kAlreadyExists).
  Model create(std::string_view name, std::string_view description = {}, const Tags& tags = {});
  /// A new version of a copy of a folder; the model is made when absent. Symbolic links and special
  /// files are refused (kInvalidArgument). The files are durable before the row is there.
  ModelVersion register_folder(const std::filesystem::path& folder, const VersionSpec& spec);
  /// A new version of one file, named `spec.main_file` ("model.onnx" by default).
  ModelVersion register_bytes(std::string_view bytes, const VersionSpec& spec);
  /// A new version without files: a prompt's, whose text is a tag.
  ModelVersion register_prompt(const VersionSpec& spec);

  // -- Finding
  // ------------------------------------------------------------------------------------------------------

  /// Throws Error(kNotFound) with the nearest name.
  Model model(std::string_view name);
  RegisteredModel registered_model(std::string_view name);
  ModelVersion version(std::string_view name, std::int64_t version);
  /// Throws Error(kNotFound) with the nearest name, alias, or the versions that there are.
  ResolvedModel resolve(const ModelReference& reference);
  ResolvedModel resolve(std::string_view reference);
  /// The main file's bytes, checked against their SHA-256. Throws Error(kDataLoss),
  /// kInvalidArgument where the version has no main file.
  std::string read_main_file(const ResolvedModel& model);
  /// By name.
  meta::PageOf<Model> models(const meta::Page& page = {});
  /// Newest first.
  meta::PageOf<ModelVersion> versions(std::string_view name, const meta::Page& page = {});
  /// The versions that a run made, by name and version.
  meta::PageOf<ModelVersion> versions_of_run(std::string_view run_id, const meta::Page& page = {});
  /// Models by their name and tags; by default by name. Prompts are found where the filter asks for
  /// the tag kPromptTag alone. Throws Error(kInvalidArgument) for what the language does not have.
  meta::PageOf<RegisteredModel> search_models(const ModelSearch& search);
  /// Versions by name, version_number, run_id, source_path and tags; by default the last changed
  /// first.
  meta::PageOf<ModelVersion> search_versions(const ModelSearch& search);

  // -- Changing what may change: never the files
  // --------------------------------------------------------------------

  /// `etag`: what the caller saw; empty: any. Throws Error(kConflict).
  Model describe(std::string_view name, std::string_view description,
                 const std::optional<std::string>& etag = {});
  ModelVersion describe(std::string_view name, std::int64_t version, std::string_view description,
                        const std::optional<std::string>& etag = {});
  ModelVersion set_stage(std::string_view name, std::int64_t version, ModelStage stage,
                         const std::optional<std::string>& etag = {});
  /// As set_stage(), and the model has changed with it. `archive_others`: the other versions in
  /// that stage become Archived.
  ModelVersion transition(std::string_view name, std::int64_t version, ModelStage stage,
                          bool archive_others);
  /// The versions' files stay where they lie. Throws Error(kAlreadyExists).
  Model rename(std::string_view name, std::string_view new_name);
  /// Points the alias to the version, wherever it pointed before. "latest" and numbers are no
  /// aliases.
  void set_alias(std::string_view name, std::string_view alias, std::int64_t version);
  bool remove_alias(std::string_view name, std::string_view alias);
  void set_tag(std::string_view name, std::string_view key, std::string_view value);
  bool remove_tag(std::string_view name, std::string_view key);
  void set_version_tag(std::string_view name, std::int64_t version, std::string_view key,
                       std::string_view value);
  bool remove_version_tag(std::string_view name, std::int64_t version, std::string_view key);

  // -- Deleting
  // -----------------------------------------------------------------------------------------------------

  /// The row, its aliases, then the files. Its number is not used again. Throws Error(kNotFound).
  void remove_version(std::string_view name, std::int64_t version);
  void remove_model(std::string_view name);

  /// Ends what a crash left halfway before `until` (default: now), looking at no more than
  /// kSweepEntriesMax folders. The number of folders removed.
  int sweep(std::optional<Micros> until = {});

 private:
  /// `staged` is null for a version without files.
  ModelVersion publish(detail::StagedVersion* staged, const VersionSpec& spec);
  void remove(std::string_view name, std::optional<std::int64_t> version);
  bool has_row(meta::Transaction& tx, const std::string& folder) const;

  meta::Store& store_;
  std::string workspace_id_;
  std::filesystem::path folder_;
  FileSystem& files_;
  const Clock& clock_;
};

}  // namespace tarn::assets
