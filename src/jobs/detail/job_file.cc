#include "detail/job_file.h"

#include "base/files.h"
#include "base/json.h"

namespace tarn::jobs::detail {

std::string to_json(const JobFile& job) {
  Json folders = Json::array();
  for (const auto& folder : job.data.folders) folders.push_back(folder.string());
  return Json{{"format", kJobFileFormat},
              {"job_id", job.job_id},
              {"job_name", job.job_name},
              {"run_id", job.run_id},
              {"code_version", job.code_version},
              {"spec", parse_json(jobs::to_json(job.spec))},
              {"data",
               {{"query", job.data.query},
                {"folders", folders},
                {"source", job.data.source},
                {"source_kind", job.data.source_kind},
                {"source_version", job.data.source_version}}}}
      .dump();
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
    const Json& data = json.at("data");
    job.data.query = data.at("query");
    for (const Json& folder : data.at("folders"))
      job.data.folders.emplace_back(folder.get<std::string>());
    job.data.source = data.at("source");
    job.data.source_kind = data.at("source_kind");
    job.data.source_version = data.at("source_version");
    return job;
  } catch (const Json::exception& error) {
    throw Error(Code::kDataLoss,
                "The job file is damaged: " + file.string() + " (" + error.what() + ").");
  }
}

}  // namespace tarn::jobs::detail
