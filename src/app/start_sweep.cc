#include "start_sweep.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "assets/models.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/log.h"
#include "jobs/half_made_runs.h"
#include "lake/catalog.h"
#include "lake/lost_files.h"

namespace tarn::app {

struct StartSweep::Impl {
  Services services;
  Micros began = Clock::system().now();
  CancelSource cancel;
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::thread thread;

  explicit Impl(Services given) : services(std::move(given)) {}

  void run() {
    step("temporaries", [this] { services.lake.sweep(began, cancel.token()); });
    step("models", [this] {
      const double age_s = services.shared ? lake::Lake::kSharedSweptAgeMinS : 0;
      const int removed = services.models.sweep(began - static_cast<Micros>(age_s * 1e6));
      if (removed > 0) log::info("sweep.models", {{"removed", removed}});
    });
    step("runs", [this] {
      const std::size_t removed = jobs::remove_half_made_runs(
          services.store, services.workspace_id, services.lake.root() / "artifacts",
          jobs::kHalfMadeRunAgeMinS, cancel.token());
      if (removed > 0) log::info("sweep.half_made_runs", {{"removed", removed}});
    });
    step("files", [this] { sweep_tables(); });
    const std::lock_guard lock(mutex);
    done = true;
    ended.notify_all();
  }

  void sweep_tables() {
    std::string continuation;
    do {
      const lake::TablePage page =
          services.catalog.list({}, {}, lake::Catalog::kListMax, continuation, cancel.token());
      for (const lake::TableRef& table : page.tables) sweep_table(table);
      continuation = page.continuation;
    } while (!continuation.empty());
  }

  void sweep_table(const lake::TableRef& table) {
    try {
      const auto lost = lake::delta::remove_lost_files(
          table.folder, services.engine, lake::delta::kLostFileAgeMinS, cancel.token());
      if (lost.removed > 0) {
        log::info("sweep.lost_files",
                  {{"table", table.text()}, {"removed", lost.removed}, {"bytes", lost.bytes}});
      }
    } catch (const Error& error) {
      if (error.code() == Code::kCancelled) throw;
      log::warn("sweep.table_kept", {{"table", table.text()}, {"error", error.what()}});
    }
  }

  /// What goes wrong in one does not keep the next from its work; the end of the server ends all.
  template <typename Step>
  void step(const char* name, const Step& body) {
    if (cancel.cancelled()) return;
    try {
      body();
    } catch (const std::exception& error) {
      if (!cancel.cancelled()) log::warn("sweep.failed", {{"step", name}, {"error", error.what()}});
    }
  }
};

StartSweep::StartSweep(Services services) : impl_(std::make_unique<Impl>(std::move(services))) {}

StartSweep::~StartSweep() {
  impl_->cancel.cancel("the server stops");
  if (impl_->thread.joinable()) impl_->thread.join();
}

void StartSweep::start() {
  check(!impl_->thread.joinable(), "the sweep is started twice");
  impl_->thread = std::thread([this] { impl_->run(); });
}

bool StartSweep::wait(double timeout_s) {
  std::unique_lock lock(impl_->mutex);
  return impl_->ended.wait_for(lock, std::chrono::duration<double>(timeout_s),
                               [this] { return impl_->done; });
}

}  // namespace tarn::app
