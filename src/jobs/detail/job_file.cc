#include "detail/job_file.h"

#include "base/files.h"
#include "base/json.h"

namespace tarn::jobs::detail {

namespace {

Json data_json(const TrainingData& data) {
  Json folders = Json::array();
  for (const auto& folder : data.folders) folders.push_back(folder.string());
  return {{"query", data.query},
          {"folders", folders},
          {"source", data.source},
          {"source_kind", data.source_kind},
          {"source_version", data.source_version}};
}

TrainingData read_data(const Json& json) {
  TrainingData data;
  data.query = json.at("query");
  for (const Json& folder : json.at("folders"))
    data.folders.emplace_back(folder.get<std::string>());
  data.source = json.at("source");
  data.source_kind = json.at("source_kind");
  data.source_version = json.at("source_version");
  return data;
}

}  // namespace

std::string to_json(const JobFile& job) {
  Json json{{"format", kJobFileFormat},         {"job_id", job.job_id},
            {"job_name", job.job_name},         {"run_id", job.run_id},
            {"code_version", job.code_version}, {"spec", parse_json(jobs::to_json(job.spec))},
            {"data", data_json(job.data)}};
  if (job.validation) json["validation"] = data_json(*job.validation);
  return json.dump();
}

JobFile read_job_file(const std::filesystem::path& file) {
  const std::string text = read_file(file, kJobFileBytesMax);
  try {
    const Json json = parse_json(text, file.string());
    if (json.at("format") != kJobFileFormat) {
      throw Error(Code::kUnsupported,
                  "The job file is of another version of Tarn: " + file.string() + ".");
    }
    JobFile job;
    job.job_id = json.at("job_id");
    job.job_name = json.at("job_name");
    job.run_id = json.at("run_id");
    job.code_version = json.at("code_version");
    job.spec = parse_automl(json.at("spec").dump(), file.string()).spec;
    job.data = read_data(json.at("data"));
    if (json.contains("validation")) job.validation = read_data(json.at("validation"));
    return job;
  } catch (const Json::exception& error) {
    throw Error(Code::kDataLoss,
                "The job file is damaged: " + file.string() + " (" + error.what() + ").");
  }
}

}  // namespace tarn::jobs::detail
