#include "detail/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "detail/output.h"

namespace tarn::cli {
namespace {

constexpr int kBarWidth = 24;

std::string amount(double value, const std::string& unit) {
  if (unit == "B") return human_bytes(value);
  char text[48];
  std::snprintf(text, sizeof text, "%.0f %s", value, unit.c_str());
  return text;
}

std::string clock_time(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%d:%02d", int(seconds) / 60, int(seconds) % 60);
  return text;
}

}  // namespace

Progress::Progress(std::string phase, double total, std::string unit)
    : phase_(std::move(phase)),
      total_(total),
      unit_(std::move(unit)),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(SteadyClock::now()),
      next_(start_ + std::chrono::milliseconds(int(kSilentS * 1000))) {}

Progress::~Progress() { clear(); }

void Progress::at(double done) {
  const auto now = SteadyClock::now();
  if (now < next_) return;
  const double pause = terminal_ ? kRedrawS : kPlainLineS;
  next_ = now + std::chrono::milliseconds(int(pause * 1000));
  const std::string text = line(done, std::chrono::duration<double>(now - start_).count());
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
  } else {
    std::fprintf(stderr, "%s\n", text.c_str());
  }
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::clear() {
  if (!drawn_ || !terminal_) return;
  std::fprintf(stderr, "\r\033[K");
  std::fflush(stderr);
  drawn_ = false;
}

std::string Progress::line(double done, double elapsed_s) const {
  std::string text = phase_ + "  ";
  const double rate = elapsed_s > 0 ? done / elapsed_s : 0;
  if (total_ > 0) {
    const double part = std::clamp(done / total_, 0.0, 1.0);
    const int full = int(part * kBarWidth);
    for (int i = 0; i < kBarWidth; ++i) text += i < full ? "█" : "░";
    text += ' ' + std::to_string(int(part * 100)) + "%  ";
  }
  text += amount(done, unit_);
  if (rate > 0) text += "  " + amount(rate, unit_) + "/s";
  if (total_ > 0 && rate > 0)
    text += "  " + clock_time(std::max(0.0, total_ - done) / rate) + " left";
  return text;
}

}  // namespace tarn::cli
