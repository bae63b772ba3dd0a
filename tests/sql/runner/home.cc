#include "home.h"

#include <cstdlib>

#include "base/error.h"
#include "meta/workspaces.h"
#include "onnx/graph_builder.h"
#include "test_store.h"

namespace tarn::sqltest {
namespace {

constexpr std::string_view kWorkspace = "main";

onnx::ElementType element_type(std::string_view name) {
  if (name == "float") return onnx::ElementType::kFloat;
  if (name == "double") return onnx::ElementType::kDouble;
  if (name == "int64") return onnx::ElementType::kInt64;
  throw Error(Code::kInvalidArgument, "no type of a model's input: " + std::string(name));
}

/// output = bias + the sum of weight * input, in float.
std::string linear_model(std::span<const std::string> inputs) {
  onnx::GraphBuilder graph("linear");
  const std::vector<std::int64_t> shape = {onnx::kAnySize, 1};
  std::string sum = graph.constant("bias", onnx::Tensor::scalar(0.0F));
  for (const std::string& text : inputs) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos)
      throw Error(Code::kInvalidArgument, "an input needs a weight: " + text);
    const float weight = std::strtof(text.c_str() + equals + 1, nullptr);
    const std::string declared = text.substr(0, equals);
    const std::size_t colon = declared.find(':');
    const std::string name = declared.substr(0, colon);
    if (name == "bias") {
      sum = graph.node("Add", {sum, graph.constant("offset", onnx::Tensor::scalar(weight))});
      continue;
    }
    const std::string type = colon == std::string::npos ? "float" : declared.substr(colon + 1);
    std::string value = graph.input(name, element_type(type), shape);
    if (type != "float") value = graph.node("Cast", {value}, {{"to", std::int64_t{1}}});
    const std::string term =
        graph.node("Mul", {value, graph.constant("weight", onnx::Tensor::scalar(weight))});
    sum = graph.node("Add", {sum, term});
  }
  graph.node_into("Identity", {sum}, {"variable_out1"});
  graph.output("variable_out1", onnx::ElementType::kFloat, shape);
  return graph.serialize();
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "tarn-sqltest-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr)
    throw Error(Code::kInternal, "cannot make a temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Home::Home(const std::filesystem::path& folder) {
  store_ = meta::Store::open(test_store(folder / "tarn.db"));
  lake_ = std::make_unique<lake::Lake>(folder / "lake");
  database_ = engine::Database::open(
      {.memory_bytes_max = 1ull << 30,
       .threads = 2,
       .temp_directory = folder / "spill",
       .allowed_directories = {folder / "lake", folder / "pools", folder / "spill"}});
  catalog_ = std::make_unique<lake::Catalog>(
      *lake_, *store_, [this]() -> engine::Database& { return *database_; },
      std::string(kWorkspace));
  services_.database = [this]() -> engine::Database& { return *database_; };
  services_.lake = lake_.get();
  services_.catalog = catalog_.get();
  services_.store = store_.get();
  services_.workspace_id = meta::ensure_workspace(*store_, kWorkspace);
  joint_commits_ =
      std::make_unique<lake::JointCommits>(folder / "run" / "transactions", folder / "lake");
  services_.joint_commits = joint_commits_.get();
  pools_ = std::make_unique<pools::Pools>(*store_, services_.workspace_id, folder / "pools", "",
                                          [this]() -> engine::Database& { return *database_; });
  services_.pools = pools_.get();
  secrets_ = std::make_unique<identity::Secrets>(*store_, services_.workspace_id, folder);
  services_.secrets = secrets_.get();
  services_.scorers = &scorers_;
  services_.model_bytes = [this](std::string_view uri) {
    const auto found = models_.find(std::string(uri));
    if (found == models_.end())
      throw Error(Code::kNotFound, "there is no model " + std::string(uri));
    return found->second;
  };
}

void Home::add_model(const std::string& name, std::span<const std::string> inputs) {
  const std::string bytes = linear_model(inputs);
  models_["models:/" + name + "/1"] = bytes;
  models_["models:/" + name + "@champion"] = bytes;
  lake_->put(lake::parse_path("files/models/" + name + ".onnx"), bytes);
}

}  // namespace tarn::sqltest
