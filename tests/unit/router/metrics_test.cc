#include "router/metrics.h"

#include <gmock/gmock.h>

#include "base/error.h"

namespace tarn::router {
namespace {

using testing::HasSubstr;

TEST(Metrics, WritesPrometheusText) {
  Metrics metrics;
  metrics.counter("t_total", "Things.\nMany.", {"kind"}, {"a\"b\\c\n"}).add(3);
  metrics.gauge("t_now", "Now.").set(-2);
  metrics.gauge_from("t_asked", "Asked.", [] { return 1.5; });
  const double bounds[] = {1, 10};
  Histogram& histogram = metrics.histogram("t_seconds", "Times.", bounds, {"route"}, {"/x"});
  for (const double value : {0.5, 1.0, 5.0, 100.0}) histogram.observe(value);
  const std::string text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP t_total Things.\\nMany.\n# TYPE t_total counter\n"
                              "t_total{kind=\"a\\\"b\\\\c\\n\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE t_now gauge\nt_now -2\n"));
  EXPECT_THAT(text, HasSubstr("t_asked 1.5\n"));
  EXPECT_THAT(text, HasSubstr("t_seconds_bucket{route=\"/x\",le=\"1\"} 2\n"
                              "t_seconds_bucket{route=\"/x\",le=\"10\"} 3\n"
                              "t_seconds_bucket{route=\"/x\",le=\"+Inf\"} 4\n"
                              "t_seconds_sum{route=\"/x\"} 106.5\n"
                              "t_seconds_count{route=\"/x\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("process_open_fds "));
}

TEST(Metrics, KeepsSeriesAndRefusesTwoUsesOfOneName) {
  Metrics metrics;
  metrics.counter("t_total", "Things.").add();
  metrics.counter("t_total", "Things.").add();
  EXPECT_EQ(metrics.counter("t_total", "Things.").value(), 2u);
  EXPECT_THROW(metrics.gauge("t_total", "Things."), Error);
  EXPECT_THROW(metrics.counter("t_total", "Things.", {"label"}, {"x"}), Error);
  EXPECT_THROW(metrics.counter("u_total", "Things.", {"label"}, {}), Error);
}

TEST(Metrics, BoundsTheNumberOfSeries) {
  Metrics metrics;
  for (std::size_t i = 0; i < kMetricSeriesMax + 10; ++i) {
    metrics.counter("t_total", "Things.", {"id"}, {std::to_string(i)}).add();
  }
  EXPECT_EQ(metrics.counter("t_total", "Things.", {"id"}, {"yet another"}).value(), 10u);
}

}  // namespace
}  // namespace tarn::router
