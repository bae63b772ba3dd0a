#pragma once
// Progress of something long on standard error: a bar that is redrawn on a terminal, a plain line
// now and then otherwise.

#include <chrono>
#include <cstdint>
#include <string>

#include "router/message.h"

namespace tarn::cli {

class Progress {
 public:
  /// `total` 0: not known. Quiet until kSilentS have gone by: short work needs no bar.
  Progress(std::string phase, double total, std::string unit);
  ~Progress();
  void at(double done);
  /// Removes the bar, to print something else.
  void clear();

 private:
  static constexpr double kSilentS = 0.5;
  static constexpr double kRedrawS = 0.1;
  static constexpr double kPlainLineS = 5;

  using SteadyClock = std::chrono::steady_clock;
  std::string line(double done, double elapsed_s) const;

  std::string phase_;
  double total_;
  std::string unit_;
  bool terminal_;
  bool drawn_ = false;
  SteadyClock::time_point start_;
  SteadyClock::time_point next_;
};

/// A body that tells of its passage.
class CountedBody : public router::BodyReader {
 public:
  CountedBody(router::BodyReader& body, Progress& progress) : body_(body), progress_(progress) {}
  std::size_t read(std::span<char> buffer) override {
    const std::size_t got = body_.read(buffer);
    done_ += got;
    progress_.at(static_cast<double>(done_));
    return got;
  }
  std::optional<std::uint64_t> size() const override { return body_.size(); }

 private:
  router::BodyReader& body_;
  Progress& progress_;
  std::uint64_t done_ = 0;
};

}  // namespace tarn::cli
