#include "detail/chart_files.h"

#include "base/json.h"

namespace tarn::jobs::detail {
namespace {

std::string chart(std::string_view type, const Json& data) {
  return Json{{"schema_type", type}, {"schema_version", "v1"}, {"data", data}}.dump();
}

}  // namespace

std::string to_json(const ml::ResidualChart& residuals) {
  return chart("residuals", {{"bin_edges", residuals.edges}, {"bin_counts", residuals.counts}});
}

std::string to_json(const ml::PredictedTrueChart& predictions) {
  return chart("predictions", {{"bin_averages", predictions.averages},
                               {"bin_errors", predictions.errors},
                               {"bin_counts", predictions.counts},
                               {"bin_edges", predictions.edges}});
}

std::string to_json(const std::vector<ml::ColumnImportance>& importance, std::string_view metric) {
  Json columns = Json::array();
  for (const ml::ColumnImportance& column : importance) {
    columns.push_back({{"column", column.column},
                       {"mean", column.mean},
                       {"standard_deviation", column.deviation}});
  }
  return Json{{"metric", metric}, {"repeats", ml::kImportanceRepeats}, {"importances", columns}}
      .dump();
}

}  // namespace tarn::jobs::detail
