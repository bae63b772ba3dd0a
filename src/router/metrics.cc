#include "router/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "base/error.h"

namespace tarn::router {
namespace {

std::string number(double value) {
  std::array<char, 32> buffer;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc() ? std::string(buffer.data(), end) : "NaN";
}

std::string escaped(std::string_view text, bool quotes) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\\\";
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '"' && quotes) {
      result += "\\\"";
    } else {
      result.push_back(c);
    }
  }
  return result;
}

void head(std::string& out, const std::string& name, const std::string& help, const char* kind) {
  out += "# HELP " + name + " " + escaped(help, false) + "\n# TYPE " + name + " " + kind + "\n";
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::size_t open_files() {
  std::error_code ignored;
  std::size_t count = 0;
  for (std::filesystem::directory_iterator it("/proc/self/fd", ignored), end; it != end;
       it.increment(ignored)) {
    ++count;
  }
  return count;
}

}  // namespace

std::span<const double> latency_bounds_s() {
  static constexpr std::array kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                         0.25,   0.5,   1.0,    2.5,   5.0,  10.0,  30.0, 60.0};
  return kBounds;
}

Histogram::Histogram(std::span<const double> bounds)
    : bounds_(bounds.begin(), bounds.end()), counts_(bounds.size() + 1) {}

void Histogram::observe(double value) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

struct Metrics::Impl {
  struct Family {
    std::string kind;
    std::string help;
    LabelNames labels;
    std::vector<double> bounds;
    std::map<LabelValues, std::unique_ptr<Counter>> counters;
    std::map<LabelValues, std::unique_ptr<Gauge>> gauges;
    std::map<LabelValues, std::unique_ptr<Histogram>> histograms;
    std::function<double()> ask;
  };

  Family& family(const std::string& name, const char* kind, const std::string& help,
                 const LabelNames& labels) {
    const auto [found, made] = families.try_emplace(name);
    Family& it = found->second;
    if (made) {
      it.kind = kind;
      it.help = help;
      it.labels = labels;
    }
    check(it.kind == kind && it.labels == labels, "a metric is used with two kinds or label lists");
    return it;
  }

  template <typename Series, typename... Arguments>
  static Series& series(std::map<LabelValues, std::unique_ptr<Series>>& all,
                        const LabelNames& names, LabelValues values,
                        const Arguments&... arguments) {
    check(names.size() == values.size(), "a metric's labels have no value each");
    const auto found = all.find(values);
    if (found != all.end()) return *found->second;
    if (all.size() >= kMetricSeriesMax) values.assign(names.size(), "other");
    std::unique_ptr<Series>& slot = all[values];
    if (!slot) slot = std::make_unique<Series>(arguments...);
    return *slot;
  }

  static std::string labels(const Family& family, const LabelValues& values,
                            const std::string& bound = {}) {
    std::string result;
    for (std::size_t i = 0; i < values.size(); ++i) {
      result += (i ? "," : "") + family.labels[i] + "=\"" + escaped(values[i], true) + "\"";
    }
    if (!bound.empty()) result += (result.empty() ? "" : ",") + ("le=\"" + bound + "\"");
    return result.empty() ? result : "{" + result + "}";
  }

  static void render(std::string& out, const std::string& name, const Family& family) {
    head(out, name, family.help, family.kind.c_str());
    for (const auto& [values, counter] : family.counters) {
      out += name + labels(family, values) + " " + std::to_string(counter->value()) + "\n";
    }
    for (const auto& [values, gauge] : family.gauges) {
      out += name + labels(family, values) + " " + std::to_string(gauge->value()) + "\n";
    }
    if (family.ask) out += name + " " + number(family.ask()) + "\n";
    for (const auto& [values, histogram] : family.histograms) {
      render(out, name, family, values, *histogram);
    }
  }

  static void render(std::string& out, const std::string& name, const Family& family,
                     const LabelValues& values, const Histogram& histogram) {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < histogram.counts_.size(); ++i) {
      count += histogram.counts_[i].load(std::memory_order_relaxed);
      const std::string bound =
          i < histogram.bounds_.size() ? number(histogram.bounds_[i]) : "+Inf";
      out += name + "_bucket" + labels(family, values, bound) + " " + std::to_string(count) + "\n";
    }
    out += name + "_sum" + labels(family, values) + " " +
           number(histogram.sum_.load(std::memory_order_relaxed)) + "\n";
    out += name + "_count" + labels(family, values) + " " + std::to_string(count) + "\n";
  }

  mutable std::mutex mutex;
  std::map<std::string, Family> families;
  double start_s = static_cast<double>(Clock::system().now()) / 1e6;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(const std::string& name, const std::string& help,
                          const LabelNames& labels, const LabelValues& values) {
  const std::lock_guard lock(impl_->mutex);
  return Impl::series(impl_->family(name, "counter", help, labels).counters, labels, values);
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const LabelNames& labels,
                      const LabelValues& values) {
  const std::lock_guard lock(impl_->mutex);
  return Impl::series(impl_->family(name, "gauge", help, labels).gauges, labels, values);
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              std::span<const double> bounds, const LabelNames& labels,
                              const LabelValues& values) {
  const std::lock_guard lock(impl_->mutex);
  return Impl::series(impl_->family(name, "histogram", help, labels).histograms, labels, values,
                      bounds);
}

void Metrics::gauge_from(const std::string& name, const std::string& help,
                         std::function<double()> value) {
  const std::lock_guard lock(impl_->mutex);
  impl_->family(name, "gauge", help, {}).ask = std::move(value);
}

std::string Metrics::text() const {
  std::string out;
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& [name, family] : impl_->families) Impl::render(out, name, family);
  }
  const auto own = [&out](const char* name, const char* help, const char* kind, double value) {
    head(out, name, help, kind);
    out += std::string(name) + " " + number(value) + "\n";
  };
  own("process_cpu_seconds_total", "User and system CPU time.", "counter", cpu_seconds());
  own("process_open_fds", "Open file descriptors.", "gauge", static_cast<double>(open_files()));
  own("process_resident_memory_bytes", "Resident memory.", "gauge",
      static_cast<double>(resident_bytes()));
  own("process_start_time_seconds", "When the process started, since 1970.", "gauge",
      impl_->start_s);
  return out;
}

}  // namespace tarn::router
