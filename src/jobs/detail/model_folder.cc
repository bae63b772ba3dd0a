#include "detail/model_folder.h"

#include <cmath>
#include <cstdio>

#include "base/digest.h"
#include "base/fail_point.h"
#include "base/ids.h"
#include "base/json.h"

namespace tarn::jobs::detail {
namespace {

// The oldest releases that read what is written here (MLflow's tensor signatures with names, ONNX
// opset 17).
constexpr const char* kRequirements = "mlflow>=2.9\nnumpy\nonnx>=1.14\nonnxruntime>=1.16\npandas\n";
constexpr const char* kPythonVersion = "3.11";
constexpr const char* kMlflowVersion = "2.9.2";
constexpr const char* kOnnxVersion = "1.14.0";
constexpr const char* kInputExampleFile = "input_example.json";

/// A text as a YAML scalar: JSON's strings are YAML's.
std::string scalar(const std::string& text) { return Json(text).dump(); }

const char* tensor_type(ml::ColumnType type) {
  return type == ml::ColumnType::kString ? "str" : "float64";
}

Json tensor(const std::string& name, const char* type) {
  return {
      {"type", "tensor"}, {"tensor-spec", {{"dtype", type}, {"shape", {-1, 1}}}}, {"name", name}};
}

std::string mlflow_time(Micros time) {
  // "2026-11-20 14:03:07.123456"
  std::string text = format_utc(time);
  text[10] = ' ';
  if (text.back() == 'Z') text.pop_back();
  return text;
}

/// The rows as pandas' "split" orientation has them, as the graph's inputs take the values.
std::string input_example(const ModelFolder& folder) {
  Json names = Json::array();
  Json rows = Json::array();
  for (std::size_t row = 0; row < folder.example->rows(); ++row) rows.push_back(Json::array());
  for (const ml::ModelInput& input : folder.model->inputs()) {
    names.push_back(input.name);
    const ml::Column& column = folder.example->column(input.name);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      if (input.type == ml::ColumnType::kString) {
        rows[row].push_back(column.text(row));
      } else if (column.missing(row)) {
        rows[row].push_back(nullptr);
      } else {
        rows[row].push_back(column.number(row));
      }
    }
  }
  return Json{{"columns", names}, {"data", rows}}.dump(-1, ' ', false,
                                                       Json::error_handler_t::replace);
}

std::string mlmodel(const ModelFolder& folder) {
  Json inputs = Json::array();
  for (const ml::ModelInput& input : folder.model->inputs())
    inputs.push_back(tensor(input.name, tensor_type(input.type)));
  const Json outputs = Json::array({tensor("variable_out1", "float32")});

  std::string text;
  text += "artifact_path: " + std::string(kModelArtifactPath) + "\n";
  text += "flavors:\n";
  text += "  onnx:\n    code: null\n    data: model.onnx\n    onnx_version: " +
          std::string(kOnnxVersion) + "\n    providers:\n    - CPUExecutionProvider\n";
  text +=
      "  python_function:\n    data: model.onnx\n    env:\n      conda: conda.yaml\n      "
      "virtualenv: python_env.yaml\n"
      "    loader_module: mlflow.onnx\n    python_version: '" +
      std::string(kPythonVersion) + "'\n";
  text += "metadata:\n  algorithm: " + scalar(folder.model->algorithm()) +
          "\n  data: " + scalar(folder.job->data.source) +
          "\n  data_version: " + scalar(folder.job->data.source_version) +
          "\n  seed: " + std::to_string(folder.job->spec.seed) +
          "\n  tarn_version: " + scalar(folder.job->code_version) + "\n";
  text += "mlflow_version: " + std::string(kMlflowVersion) + "\n";
  text += "model_size_bytes: " + std::to_string(folder.onnx.size()) + "\n";
  text += "model_uuid: " + folder.run_id + "\n";
  text += "run_id: " + folder.run_id + "\n";
  text += "saved_input_example_info:\n  artifact_path: " + std::string(kInputExampleFile) +
          "\n  pandas_orient: split\n  type: dataframe\n";
  text += "signature:\n  inputs: " + scalar(inputs.dump()) +
          "\n  outputs: " + scalar(outputs.dump()) + "\n  params: null\n";
  text += "utc_time_created: '" + mlflow_time(folder.time) + "'\n";
  return text;
}

std::string conda() {
  std::string text =
      "channels:\n- conda-forge\ndependencies:\n- python=" + std::string(kPythonVersion) +
      "\n- pip\n- pip:\n";
  for (std::string_view rest = kRequirements; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    text += "  - " + std::string(rest.substr(0, end)) + "\n";
    rest.remove_prefix(end + 1);
  }
  return text + "name: mlflow-env\n";
}

std::string python_env() {
  return "python: '" + std::string(kPythonVersion) +
         "'\nbuild_dependencies:\n- pip\n- setuptools\n- wheel\ndependencies:\n- -r "
         "requirements.txt\n";
}

std::string number(double value) {
  if (std::isnan(value)) return "not defined";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// A text in a cell of a Markdown table.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '|' || c == '\\') result += '\\';
    result += c == '\n' || c == '\r' ? ' ' : c;
  }
  return result;
}

void add_training(const ModelFolder& folder, std::string& text) {
  const AutoMlSpec& spec = folder.job->spec;
  text += "| | |\n|---|---|\n";
  text += "| target | " + cell(spec.target_column_name) + " |\n";
  text += "| data | " + cell(folder.job->data.source);
  if (!folder.job->data.source_version.empty())
    text += ", version " + cell(folder.job->data.source_version);
  text += " |\n";
  text += "| rows | " + std::to_string(folder.features->rows) + " |\n";
  text += "| algorithm | " + cell(folder.model->algorithm()) + " |\n";
  text += "| preprocessing | " + cell(folder.trial->info.preprocessing) + " |\n";
  text += "| chosen by | " + std::string(ml::name_of(spec.primary_metric)) + " |\n";
  text += "| seed | " + std::to_string(spec.seed) + " |\n";
  text += "| job, trial | " + cell(folder.job->job_name) + ", " + folder.run_id + " |\n";
  text += "| trained | " + format_utc(folder.time) + ", Tarn " + cell(folder.job->code_version) +
          " |\n\n";
}

std::string model_card(const ModelFolder& folder) {
  std::string text = "# Model of " + folder.job->spec.target_column_name + "\n\n";
  if (!folder.job->spec.description.empty()) text += folder.job->spec.description + "\n\n";
  add_training(folder, text);

  text +=
      "## Quality\n\nThe mean over the validation folds; no row was predicted by a model that had "
      "seen it.\n\n";
  text += "| metric | value |\n|---|---|\n";
  for (std::size_t i = 0; i < ml::kMetricCount; ++i) {
    const auto metric = static_cast<ml::Metric>(i);
    text += "| " + std::string(ml::name_of(metric)) + " | " +
            number(folder.trial->metrics[metric]) + " |\n";
  }

  text += "\n## Parts\n\n| model | weight |\n|---|---|\n";
  for (const auto& [name, weight] : folder.model->members())
    text += "| " + cell(name) + " | " + number(weight) + " |\n";

  text += "\n## Columns\n\n| column | type | use |\n|---|---|---|\n";
  for (const ml::ColumnReport& column : folder.features->columns) {
    text += "| " + cell(column.column) + " | " + std::string(ml::name_of(column.type)) + " | " +
            (column.kept ? "" : "left out: ") + cell(column.reason) + " |\n";
  }

  text +=
      "\n## Use\n\nThe graph in model.onnx has one input of shape [N,1] for each column that is "
      "used: double for "
      "numbers, dates (days since 1970-01-01) and times (microseconds since then), with NaN for a "
      "missing value; string "
      "for texts, with the empty text for a missing one. Its output is variable_out1, "
      "float.\n\nOn " +
      std::to_string(folder.verification.rows) +
      " rows, with missing values, unseen categories and extremes among "
      "them, the graph and the trainer differed by at most " +
      number(folder.verification.difference_max) + " (relative).\n";
  return text;
}

}  // namespace

void write_model_folder(const ModelFolder& model, const std::filesystem::path& target,
                        FileSystem& files) {
  const std::filesystem::path temporary =
      target.parent_path() /
      (std::string(kTemporaryPrefix) + target.filename().string() + "-" + random_hex(4));
  const auto write = [&](const char* name, const std::string& bytes) {
    auto file = files.create(temporary / name);
    file->write(bytes);
    file->publish();
  };
  write("model.onnx", model.onnx);
  write("MLmodel", mlmodel(model));
  write(kInputExampleFile, input_example(model));
  write("conda.yaml", conda());
  write("python_env.yaml", python_env());
  write("requirements.txt", kRequirements);
  write("model_card.md", model_card(model));
  fail_point("jobs.model.written");
  files.remove(target);
  files.rename(temporary, target);
  fail_point("jobs.model.placed");
}

}  // namespace tarn::jobs::detail
