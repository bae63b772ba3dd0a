#pragma once
// A home that lives as long as a test.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "app/instance.h"
#include "base/json.h"
#include "router/router.h"

namespace tarn::app {

class TemporaryHome : public testing::Test {
 protected:
  TemporaryHome() {
    std::string name = (std::filesystem::temp_directory_path() / "tarn-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    instance_ = std::make_unique<Instance>(Home::open(folder_ / "home", Home::Access::kWrite, 0),
                                           InstanceSettings());
  }
  ~TemporaryHome() override {
    instance_.reset();
    std::filesystem::remove_all(folder_);
  }

  router::Response dispatch(router::Request& request) {
    return instance_->router().dispatch(request);
  }

  router::Response send(const std::string& method, const std::string& target, std::string body = {},
                        router::Headers headers = {}) {
    router::Request request;
    request.method = method;
    request.target = target;
    request.headers = std::move(headers);
    request.body = std::make_unique<router::StringBody>(std::move(body));
    router::Response response = dispatch(request);
    if (response.stream) {
      // While the request lives.
      response.body = router::collect_body(response);
      response.stream = nullptr;
    }
    return response;
  }

  router::Response sql(const std::string& query, router::Headers headers = {}) {
    headers.set("Content-Type", "application/json");
    return send("POST", "/sql", Json{{"query", query}}.dump(), headers);
  }

  std::filesystem::path folder_;
  std::unique_ptr<Instance> instance_;
};

}  // namespace tarn::app
