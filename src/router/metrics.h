#pragma once
// Counters, gauges and histograms in Prometheus' text format (version 0.0.4).
//
// A family is made once and kept; adding to a series is an atomic operation. Labels must be few:
// routes and statuses, never ids. Thread-safe.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tarn::router {

/// Series of one family; what is over is counted under the label value "other".
inline constexpr std::size_t kMetricSeriesMax = 2000;

class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void add(std::int64_t change) { value_.fetch_add(change, std::memory_order_relaxed); }
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds);
  void observe(double value);

 private:
  friend class Metrics;
  std::vector<double> bounds_;                      // upper, ascending
  std::vector<std::atomic<std::uint64_t>> counts_;  // one more than bounds_
  std::atomic<double> sum_{0};
};

/// Latencies from 0.5 ms to a minute.
std::span<const double> latency_bounds_s();

class Metrics {
 public:
  using LabelNames = std::vector<std::string>;
  using LabelValues = std::vector<std::string>;

  Metrics();
  ~Metrics();

  /// The series of a family, made at first use. The reference stays valid as long as the registry.
  /// A family's kind, help and label names are fixed by its first use; throws Error(kInternal)
  /// where they differ.
  Counter& counter(const std::string& name, const std::string& help, const LabelNames& labels = {},
                   const LabelValues& values = {});
  Gauge& gauge(const std::string& name, const std::string& help, const LabelNames& labels = {},
               const LabelValues& values = {});
  Histogram& histogram(const std::string& name, const std::string& help,
                       std::span<const double> bounds, const LabelNames& labels = {},
                       const LabelValues& values = {});
  /// A gauge whose value is asked for when the text is made.
  void gauge_from(const std::string& name, const std::string& help, std::function<double()> value);

  /// The registry and this process' own figures (resident bytes, CPU seconds, open files, start
  /// time).
  std::string text() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::router
