#include "detail/exec/predict.h"

#include <algorithm>
#include <set>

#include "base/digest.h"
#include "detail/bind/binder.h"
#include "detail/exec/failure.h"
#include "detail/exec/predict_function.h"
#include "detail/exec/query_run.h"
#include "detail/translate/engine_type.h"
#include "onnx/scorer.h"
#include "onnx/scorer_cache.h"

namespace tarn::sql {
namespace {

constexpr int kModelError = 39051;   // the model is corrupt, invalid or of another kind
constexpr int kInputError = 39052;   // the data does not fit the model's inputs
constexpr int kOutputError = 39053;  // WITH does not fit the model's outputs

struct ModelBytes {
  std::string bytes;
  identity::Scope scope;
};

constexpr std::string_view kModelScheme = "models:/";

ModelBytes by_reference(StatementFacts& facts, const std::string& uri, ast::Span span) {
  if (!uri.starts_with(kModelScheme)) {
    throw failure(
        kModelError,
        "PREDICT: the MODEL is a text and no reference to a model: '" + uri.substr(0, 100) + "'.",
        span, "Write 'models:/name/1', 'models:/name@alias', or give the bytes of an ONNX model.");
  }
  const std::string name = uri.substr(
      kModelScheme.size(), uri.find_first_of("/@", kModelScheme.size()) - kModelScheme.size());
  const identity::Scope scope =
      name.empty() ? identity::Scope::workspace() : identity::Scope::model(name);
  facts.session.authorize(identity::actions::kSqlPredict, scope);
  if (!facts.session.services.model_bytes) throw not_supported("a reference to a model", span);
  try {
    return {facts.session.services.model_bytes(uri), scope};
  } catch (const Error& error) {
    if (error.sql()) throw;
    throw failure_of(error.code(), kModelError, 16, 1, "PREDICT: " + error.message(), span,
                     error.hint());
  }
}

ModelBytes from_constant(StatementFacts& facts, const Constant& value, ast::Span span) {
  if (!value.text) throw failure(kModelError, "PREDICT: the MODEL is NULL.", span);
  if (is_character(value.type)) return by_reference(facts, *value.text, span);
  if (!is_binary(value.type)) {
    throw failure(kModelError,
                  "PREDICT: the MODEL is of type " + to_string(value.type) + ", not varbinary.",
                  span);
  }
  facts.session.authorize(identity::actions::kSqlPredict, identity::Scope::workspace());
  return {*value.text, identity::Scope::workspace()};
}

ModelBytes model_bytes(StatementFacts& facts, StatementContext& context, const ast::Expr& model) {
  if (const auto* text = std::get_if<ast::StringLiteral>(&model.node)) {
    return by_reference(facts, text->value, model.span);
  }
  if (const auto* bytes = std::get_if<ast::BinaryLiteral>(&model.node)) {
    facts.session.authorize(identity::actions::kSqlPredict, identity::Scope::workspace());
    return {bytes->bytes, identity::Scope::workspace()};
  }
  if (const auto* variable = std::get_if<ast::Variable>(&model.node)) {
    return from_constant(facts, context.resolve_variable(variable->name, model.span), model.span);
  }
  if (const auto* query = std::get_if<ast::ScalarSubquery>(&model.node)) {
    return from_constant(facts, evaluate_query(context, *query->query), model.span);
  }
  throw not_supported("this form of MODEL in PREDICT", model.span,
                      "Give a variable, a literal, a subquery or 'models:/name/1'.");
}

std::shared_ptr<const onnx::Scorer> scorer_of(StatementFacts& facts, const ModelBytes& model,
                                              ast::Span span) {
  check(facts.session.services.scorers != nullptr, "PREDICT needs the scorers' cache");
  try {
    return facts.session.services.scorers->get(model.bytes);
  } catch (const Error& error) {
    if (error.code() == Code::kCancelled || error.code() == Code::kInternal) throw;
    throw failure_of(error.code(), kModelError, 16, 1,
                     "PREDICT: the model is corrupt, invalid or not supported. " + error.message(),
                     span, error.hint());
  }
}

/// "input[3]" is a column of a matrix, which has no name of its own: the data's columns go in by
/// position.
bool is_matrix_column(const onnx::Scorer& scorer, const onnx::Feature& feature) {
  return scorer.inputs().at(feature.input).width() > 1;
}

std::size_t data_column(const onnx::Scorer& scorer, const onnx::Feature& feature,
                        std::span<const SourceColumn> data, ast::Span span) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (equal_ignoring_case(data[i].name, feature.name)) return i;
  }
  if (is_matrix_column(scorer, feature) &&
      static_cast<std::size_t>(feature.position) < data.size()) {
    return static_cast<std::size_t>(feature.position);
  }
  std::vector<std::string> names;
  for (const SourceColumn& column : data) names.push_back(column.name);
  std::string hint = did_you_mean(feature.name, names);
  if (hint.empty()) hint = "Give it an alias in a view or common table expression used as DATA.";
  throw failure(kInputError,
                "PREDICT: the model's input '" + feature.name + "' is no column of DATA.", span,
                std::move(hint));
}

/// Numbers go into numeric inputs; anything that can be written goes into text.
bool takes(onnx::ElementType element, const SqlType& type) {
  if (element == onnx::ElementType::kString)
    return conversion(type, SqlType::nvarchar(kMaxLength)) != Conversion::kForbidden;
  return is_numeric(type) || type.id == TypeId::kNull;
}

/// Every input must have a column; those that no wanted output depends on are not read.
std::vector<Model::Input> bind_inputs(const onnx::Scorer& scorer, const std::vector<bool>& read,
                                      std::span<const SourceColumn> data, ast::Span span) {
  std::vector<Model::Input> inputs;
  const std::vector<onnx::Feature>& features = scorer.features();
  for (std::size_t i = 0; i < features.size(); ++i) {
    const onnx::Feature& feature = features[i];
    const std::size_t column = data_column(scorer, feature, data, span);
    const SqlType& type = data[column].type;
    if (!takes(feature.type, type) || is_binary(type)) {
      throw failure(kInputError,
                    "PREDICT: column '" + data[column].name + "' is of type " + to_string(type) +
                        ", and the model's input '" + feature.name + "' takes " +
                        std::string(onnx::name_of(feature.type)) + ".",
                    span, "CAST it in a view or common table expression used as DATA.");
    }
    if (read[i]) inputs.push_back({column, input_sql_type(feature.type)});
  }
  return inputs;
}

std::vector<Model::Output> bind_outputs(const onnx::Scorer& scorer, const ast::Predict& predict,
                                        std::vector<std::size_t>& indices,
                                        const Collation* collation) {
  std::vector<Model::Output> outputs;
  std::set<std::string, CaseInsensitive> seen;
  for (const ast::SchemaColumn& column : predict.outputs) {
    const auto& ports = scorer.outputs();
    const auto found = std::find_if(ports.begin(), ports.end(), [&](const onnx::Port& port) {
      return equal_ignoring_case(port.name, column.name.text);
    });
    if (found == ports.end()) {
      std::vector<std::string> names;
      for (const onnx::Port& port : ports) names.push_back(port.name);
      throw failure(kOutputError, "PREDICT: the model has no output '" + column.name.text + "'.",
                    column.span, "Its outputs are: " + join(names, ", ") + ".");
    }
    if (!seen.insert(column.name.text).second) {
      throw failure(kOutputError,
                    "PREDICT: the output '" + column.name.text + "' is named twice in WITH.",
                    column.span);
    }
    const SqlType type = bind_type(column.type, collation);
    const SqlType given = output_sql_type(*found, column.span);
    if (conversion(given, type) == Conversion::kForbidden || is_temporal(type) || is_binary(type)) {
      throw failure(kOutputError,
                    "PREDICT: the output '" + found->name + "' is " + found->describe() +
                        " and cannot be " + to_string(type) + ".",
                    column.span);
    }
    indices.push_back(static_cast<std::size_t>(found - ports.begin()));
    outputs.push_back({column.name.text, "o" + std::to_string(outputs.size()), given, type});
  }
  return outputs;
}

void check_runtime(const ast::Predict& predict, ast::Span span) {
  if (predict.runtime && !equal_ignoring_case(predict.runtime->text, "ONNX")) {
    throw not_supported("RUNTIME = " + predict.runtime->text + " in PREDICT", span,
                        "RUNTIME = ONNX is there.");
  }
  if (predict.outputs.empty())
    throw failure(kOutputError, "PREDICT needs WITH (output type, ...).", span);
}

}  // namespace

std::shared_ptr<ModelFunctions::Slot> ModelFunctions::slot(const std::string& function) {
  std::lock_guard lock(mutex_);
  auto& slot = slots_[function];
  if (!slot) slot = std::make_shared<Slot>();
  return slot;
}

std::shared_ptr<ModelFunctions> make_model_functions() {
  return std::make_shared<ModelFunctions>();
}

Model predict_model(StatementFacts& facts, StatementContext& context, const ast::Predict& predict,
                    std::span<const SourceColumn> data, ast::Span span) {
  check_runtime(predict, span);
  const ModelBytes bytes = model_bytes(facts, context, *predict.model);
  const auto scorer = scorer_of(facts, bytes, predict.model->span);
  Model model;
  std::vector<std::size_t> wanted;
  model.outputs = bind_outputs(*scorer, predict, wanted, context.default_collation());
  PredictFunction function;
  function.read = scorer->used(wanted);
  model.inputs = bind_inputs(*scorer, function.read, data, span);

  std::string signature = sha256_hex(bytes.bytes);
  for (const Model::Input& input : model.inputs)
    function.parameters.push_back(engine_type(input.type));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    function.outputs.push_back(
        {model.outputs[i].engine_name, engine_type(model.outputs[i].engine_result)});
    signature += ',' + std::to_string(wanted[i]);
  }
  function.wanted = wanted;
  function.name = "tarn_predict_" + sha256_hex(signature).substr(0, 32);
  model.engine_function = function.name;
  const auto slot = facts.session.services.model_functions->slot(function.name);
  {
    std::lock_guard lock(slot->mutex);
    slot->scorer = scorer;
  }
  facts.scorers.push_back(scorer);
  register_predict_function(facts.session.services.database(), std::move(function), slot);
  return model;
}

}  // namespace tarn::sql
