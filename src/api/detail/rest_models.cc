// Registered models: list, show, register, download, delete, and the T-SQL that puts one to work.

#include <algorithm>

#include "api/gate.h"
#include "assets/models.h"
#include "detail/file_stream.h"
#include "detail/rest_routes.h"
#include "identity/actions.h"
#include "onnx/scorer.h"
#include "sql/deployment_script.h"

namespace tarn::api {
namespace {

struct ModelEntry {
  std::string name;
  std::string description;
  std::int64_t latest_version = 0;
  std::string created;
  std::map<std::string, std::string> tags;
  std::map<std::string, std::int64_t> aliases;

  static void describe(router::FieldList<ModelEntry>& f) {
    f.type("Model", "A registered model.");
    f.required("name", &ModelEntry::name, "Its name.");
    f.required("description", &ModelEntry::description, "What it is for.");
    f.required("latest_version", &ModelEntry::latest_version, "0 where it has none.");
    f.required("created", &ModelEntry::created, "UTC.");
    f.required("tags", &ModelEntry::tags, "Its tags.");
    f.required("aliases", &ModelEntry::aliases, "Alias to version.");
  }
};
struct ModelListing {
  std::vector<ModelEntry> models;
  std::string continuation;

  static void describe(router::FieldList<ModelListing>& f) {
    f.type("ModelListing", "A page of models.");
    f.required("models", &ModelListing::models, "By name.");
    f.required("continuation", &ModelListing::continuation, "For the next page; empty at the end.");
  }
};
struct ModelTensor {
  std::string name;
  std::string type;

  static void describe(router::FieldList<ModelTensor>& f) {
    f.type("ModelTensor", "An input or output of a model.");
    f.required("name", &ModelTensor::name, "Its name.");
    f.required("type", &ModelTensor::type, "Its element type.");
  }
};
struct ModelDetails {
  std::string name;
  std::int64_t version = 0;
  std::string uri;
  std::string description;
  std::vector<std::string> aliases;
  std::string created;
  std::string created_by;
  std::int64_t size_bytes = 0;
  std::string sha256;
  std::string run_id;
  std::string table;
  std::string table_version;
  std::string seed;
  std::string code_version;
  std::vector<ModelTensor> inputs;
  std::vector<ModelTensor> outputs;
  std::map<std::string, std::string> tags;

  static void describe(router::FieldList<ModelDetails>& f) {
    f.type("ModelVersion", "A version of a model, and where it came from.");
    f.required("name", &ModelDetails::name, "The model.");
    f.required("version", &ModelDetails::version, "From 1.");
    f.required("uri", &ModelDetails::uri, "models:/name/version, for PREDICT and MLflow.");
    f.required("description", &ModelDetails::description, "What it is for.");
    f.required("aliases", &ModelDetails::aliases, "That point to it.");
    f.required("created", &ModelDetails::created, "UTC.");
    f.required("created_by", &ModelDetails::created_by, "Who registered it.");
    f.required("size_bytes", &ModelDetails::size_bytes, "Of all its files.");
    f.required("sha256", &ModelDetails::sha256, "Of all its files.");
    f.required("run_id", &ModelDetails::run_id, "The run that made it.");
    f.required("table", &ModelDetails::table, "The data that it was trained on.");
    f.required("table_version", &ModelDetails::table_version, "Its Delta version.");
    f.required("seed", &ModelDetails::seed, "Of the training.");
    f.required("code_version", &ModelDetails::code_version, "Of Tarn.");
    f.required("inputs", &ModelDetails::inputs, "What it reads.");
    f.required("outputs", &ModelDetails::outputs, "What it gives.");
    f.required("tags", &ModelDetails::tags, "Its tags.");
  }
};
struct DeploySqlRequest {
  std::string procedure;
  std::string table;
  std::string data;

  static void describe(router::FieldList<DeploySqlRequest>& f) {
    f.type("DeploySqlRequest", "What to name the objects that put a model to work in SQL.");
    f.required("procedure", &DeploySqlRequest::procedure,
               "The procedure, for instance dbo.predict.");
    f.required("table", &DeploySqlRequest::table, "The table that will hold the model.");
    f.required("data", &DeploySqlRequest::data, "The table or view to predict for.");
  }
};
struct DeploySqlScript {
  std::string model;
  std::vector<std::string> batches;

  static void describe(router::FieldList<DeploySqlScript>& f) {
    f.type("DeploySqlScript", "The T-SQL that does it.");
    f.required("model", &DeploySqlScript::model, "The version that it stores.");
    f.required("batches", &DeploySqlScript::batches, "To be run one after the other.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

ModelEntry entry_of(const assets::Model& model) {
  return {model.name, model.description, model.latest_version, time_text(model.created_at),
          model.tags, model.aliases};
}

std::vector<ModelTensor> tensors(const std::vector<onnx::Port>& ports) {
  std::vector<ModelTensor> result;
  for (const auto& port : ports) {
    result.push_back({port.name, std::string(onnx::name_of(port.type))});
  }
  return result;
}

ModelDetails details_of(const Workspace& workspace, const assets::ResolvedModel& model) {
  const assets::ModelVersion& version = model.version;
  ModelDetails details{.name = version.name,
                       .version = version.version,
                       .uri = version.uri(),
                       .description = version.description,
                       .aliases = version.aliases,
                       .created = time_text(version.created_at),
                       .created_by = version.created_by,
                       .size_bytes = static_cast<std::int64_t>(version.size_bytes),
                       .sha256 = version.content_sha256,
                       .run_id = version.lineage.run_id,
                       .table = version.lineage.table,
                       .table_version = version.lineage.table_version,
                       .seed = version.lineage.seed,
                       .code_version = version.lineage.code_version,
                       .inputs = {},
                       .outputs = {},
                       .tags = version.tags};
  if (version.main_file.ends_with(".onnx")) {
    const auto scorer = onnx::Scorer::load(workspace.models.read_main_file(model));
    details.inputs = tensors(scorer->inputs());
    details.outputs = tensors(scorer->outputs());
  }
  return details;
}

Response list_models(const Workspace& workspace, Request& request) {
  const auto page = workspace.models.models(page_of(request, assets::kModelPageMax));
  ModelListing listing;
  for (const auto& model : page.items) listing.models.push_back(entry_of(model));
  listing.continuation = page.next_token;
  return router::json_response(listing);
}

Response register_model(const Workspace& workspace, Request& request) {
  const std::string bytes = router::read_all(*request.body, assets::kModelMainBytesMax);
  onnx::Scorer::load(bytes);  // what is no ONNX model is refused here, not when it is first used
  const auto version =
      workspace.models.register_bytes(bytes, {.name = request.path_parameters.require("reference"),
                                              .description = request.query.get("description"),
                                              .main_file = "model.onnx",
                                              .created_by = request.caller.name});
  const auto model = workspace.models.resolve(version.uri());
  return router::json_response(details_of(workspace, model), 201);
}

Response download(const Workspace& workspace, Request& request) {
  const auto model = model_of(workspace, request);
  auto bytes = std::make_shared<std::string>(workspace.models.read_main_file(model));
  Response response;
  response.headers.set("Content-Type", "application/octet-stream");
  response.headers.set("Content-Disposition",
                       "attachment; filename=\"" + model.version.main_file + '"');
  response.headers.set("ETag", '"' + model.version.main_file_sha256 + '"');
  response.stream_size = bytes->size();
  response.stream = [bytes](router::BodySink& sink) {
    for (std::size_t at = 0; at < bytes->size(); at += kTransferBytes) {
      sink.write(std::string_view(*bytes).substr(at, kTransferBytes));
    }
  };
  return response;
}

Response remove_model(const Workspace& workspace, Request& request) {
  const std::string& text = request.path_parameters.require("reference");
  const auto reference = assets::parse_model_reference(text);
  if (reference.by == assets::ModelReference::By::kLatest && !text.ends_with("latest")) {
    workspace.models.remove_model(reference.name);
  } else {
    const auto version = workspace.models.resolve(reference).version;
    workspace.models.remove_version(version.name, version.version);
  }
  return Response::no_content();
}

Response deploy_sql(const Workspace& workspace, Request& request) {
  const auto wanted = router::read_json<DeploySqlRequest>(request);
  const auto model = model_of(workspace, request);
  const auto scorer = onnx::Scorer::load(workspace.models.read_main_file(model));
  const assets::ModelVersion& version = model.version;
  DeploySqlScript script{.model = version.uri(), .batches = {}};
  script.batches =
      sql::deployment_batches({.model_id = version.name + ':' + std::to_string(version.version),
                               .model_path = "models/" + version.folder + '/' + version.main_file,
                               .procedure = wanted.procedure,
                               .table = wanted.table,
                               .data = wanted.data,
                               .inputs = scorer->inputs(),
                               .outputs = scorer->outputs()});
  return router::json_response(script);
}

}  // namespace

std::vector<router::Route> model_routes(const Workspace& w) {
  using router::json_body;
  const std::string kOne = "/models/{reference}";
  return {
      {.method = "GET",
       .pattern = "/models",
       .action = std::string(actions::kModelsList),
       .summary = "Registered models",
       .handler = [&w](Request& r) { return list_models(w, r); },
       .query = paging_parameters(),
       .response = json_body<ModelListing>()},
      {.method = "GET",
       .pattern = kOne,
       .action = std::string(actions::kModelsRead),
       .summary = "A version by its reference: name, name:1, name@alias, models:/name/1",
       .handler = [&w](Request& r) { return router::json_response(details_of(w, model_of(w, r))); },
       .response = json_body<ModelDetails>()},
      {.method = "POST",
       .pattern = kOne,
       .action = std::string(actions::kModelsRegister),
       .summary = "Register an ONNX model as the next version",
       .handler = [&w](Request& r) { return register_model(w, r); },
       .query = {{.name = "description", .doc = "What it is for."}},
       .request = router::bytes_body("The ONNX model."),
       .response = json_body<ModelDetails>(),
       .response_status = 201,
       .body_bytes_max = assets::kModelMainBytesMax},
      {.method = "DELETE",
       .pattern = kOne,
       .action = std::string(actions::kModelsDelete),
       .summary = "Delete a version, or with a name alone the whole model",
       .handler = [&w](Request& r) { return remove_model(w, r); },
       .response_status = 204},
      {.method = "GET",
       .pattern = "/models/{reference}/content",
       .action = std::string(actions::kModelsRead),
       .summary = "The ONNX file",
       .handler = [&w](Request& r) { return download(w, r); },
       .response = router::bytes_body("The ONNX model.")},
      {.method = "POST",
       .pattern = "/models/{reference}/deploy-sql",
       .action = std::string(actions::kModelsDeploy),
       .summary = "The T-SQL that stores the model in a table and predicts with it in a procedure",
       .handler = [&w](Request& r) { return deploy_sql(w, r); },
       .request = json_body<DeploySqlRequest>(),
       .response = json_body<DeploySqlScript>()},
  };
}

}  // namespace tarn::api
