#pragma once
// The sweep at start: what a former life left half done, in a thread of its own.
//
// A server waits for it for kSweepWaitS at most; the rest is done while it serves. It removes only
// what nobody has touched since the start, or for a time that no writer takes (docs/store.md).

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "lake/delta_table.h"

namespace tarn::assets {
class Models;
}
namespace tarn::lake {
class Catalog;
class Lake;
}  // namespace tarn::lake
namespace tarn::meta {
class Store;
}

namespace tarn::app {

inline constexpr double kSweepWaitS = 2;

class StartSweep {
 public:
  struct Services {
    meta::Store& store;
    std::string workspace_id;
    lake::Lake& lake;
    lake::Catalog& catalog;
    assets::Models& models;
    lake::delta::EngineProvider engine;
    bool shared = false;
  };

  explicit StartSweep(Services services);
  /// Ends it, wherever it is.
  ~StartSweep();
  StartSweep(const StartSweep&) = delete;

  /// Begins it, once.
  void start();
  /// Waits for its end, for `timeout_s` at most; false when it goes on.
  bool wait(double timeout_s);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tarn::app
