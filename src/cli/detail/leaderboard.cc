#include "detail/leaderboard.h"

namespace tarn::cli {
namespace {

bool is_score(const std::string& metric) {
  for (const char* name : {"spearman_correlation", "r2_score", "explained_variance"}) {
    if (metric == name) return true;
  }
  return false;
}

std::string text_of(const Json& event, const char* key) {
  const auto member = event.find(key);
  return member == event.end() || !member->is_string() ? "" : member->get<std::string>();
}

}  // namespace

bool Leaderboard::better(double score) const {
  if (!best_) return true;
  return lower_is_better_ ? score < *best_ : score > *best_;
}

void Leaderboard::trial(const Json& event) {
  ++trials_;
  if (quiet_) return;
  const std::string metric = text_of(event, "metric");
  if (!head_done_ && !metric.empty()) {
    head_done_ = true;
    lower_is_better_ = !is_score(metric);
    std::fprintf(stderr, "%5s  %-36s  %8s  %s\n", "trial", "algorithm", "seconds", metric.c_str());
  }
  const auto score = event.find("score");
  const bool scored = score != event.end() && score->is_number();
  const bool best = scored && better(score->get<double>());
  if (best) best_ = score->get<double>();
  std::string outcome = "failed: " + text_of(event, "error");
  if (const std::string early = text_of(event, "ended_early"); !early.empty()) {
    outcome = "ended early " + early;
  }
  if (scored) {
    char value[32];
    std::snprintf(value, sizeof value, "%.6f", score->get<double>());
    outcome = value;
  }
  const Json& params = event["params"];
  std::string name = text_of(params, "algorithm");
  if (const std::string how = text_of(params, "preprocessing"); !how.empty()) name += ", " + how;
  std::fprintf(stderr, "%5d  %-36.36s  %8.2f  %s%s\n", trials_, name.c_str(),
               event.value("seconds", 0.0), outcome.c_str(), best ? "  *" : "");
}

void Leaderboard::status(const Json& job) {
  if (quiet_) return;
  std::fprintf(stderr, "%s: %s\n", text_of(job, "name").c_str(), text_of(job, "status").c_str());
  const auto result = job.find("result");
  if (text_of(job, "status") != "Completed" || result == job.end() || !result->is_object()) return;
  const std::string metric = text_of(*result, "primary_metric");
  std::fprintf(stderr, "best: %s, %s %.6f", text_of(*result, "algorithm").c_str(), metric.c_str(),
               result->value("score", 0.0));
  if (const auto model = result->find("model"); model != result->end()) {
    std::fprintf(stderr, "; registered as %s", text_of(*model, "uri").c_str());
  }
  std::fprintf(stderr, "\n");
}

void Leaderboard::end() { std::fflush(stderr); }

}  // namespace tarn::cli
