#include "detail/gateway.h"

#include <cstdlib>

#include "app/home.h"
#include "app/instance.h"
#include "backup/home_format.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "router/problem.h"
#include "router/router.h"

namespace tarn::cli {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::uint64_t kProblemBytesMax = 1 << 20;

class HttpGateway : public Gateway {
 public:
  HttpGateway(http::Client client, CancelToken cancel)
      : client_(std::move(client)), cancel_(std::move(cancel)) {}

  bool served() const override { return true; }

  void call(const Call& call, const Receive& receive) override {
    const auto response = client_.send(
        {.method = call.method, .target = call.target, .headers = call.headers, .body = call.body},
        call.cancel ? *call.cancel : cancel_);
    if (response.status >= 300) {
      throw router::error_of(response.status, response.headers.get("Content-Type"),
                             router::read_all(*response.body, kProblemBytesMax));
    }
    char buffer[kReadBytes];
    while (const std::size_t got = response.body->read(buffer)) receive({buffer, got});
  }

 private:
  http::Client client_;
  CancelToken cancel_;
};

// A body that belongs to the caller.
class BorrowedBody : public router::BodyReader {
 public:
  explicit BorrowedBody(router::BodyReader& body) : body_(body) {}
  std::size_t read(std::span<char> buffer) override { return body_.read(buffer); }
  std::optional<std::uint64_t> size() const override { return body_.size(); }

 private:
  router::BodyReader& body_;
};

class ReceivingSink : public router::BodySink {
 public:
  explicit ReceivingSink(const Receive& receive) : receive_(receive) {}
  void write(std::string_view bytes) override { receive_(bytes); }

 private:
  const Receive& receive_;
};

class InProcessGateway : public Gateway {
 public:
  InProcessGateway(const Where& where, Access access, CancelToken cancel,
                   double wait_s = app::kLockWaitS)
      : cancel_(std::move(cancel)),
        instance_(open(where, access, wait_s),
                  {.workspace = where.workspace, .store = where.store, .lake = where.lake}) {
    if (access != Access::kJobs) return;
    instance_.recover();
    instance_.start_jobs();
  }

  bool served() const override { return false; }

  void call(const Call& call, const Receive& receive) override {
    router::Request request;
    request.method = call.method;
    request.target = call.target;
    request.headers = call.headers;
    if (call.body) request.body = std::make_unique<BorrowedBody>(*call.body);
    request.peer.address = "in-process";
    request.cancel = call.cancel ? *call.cancel : cancel_;
    const router::Response response = instance_.router().dispatch(request);
    if (response.status >= 300) {
      throw router::error_of(response.status, response.headers.get("Content-Type"),
                             router::collect_body(response));
    }
    ReceivingSink sink(receive);
    if (response.stream) {
      response.stream(sink);
    } else {
      sink.write(response.body);
    }
  }

 private:
  static app::Home open(const Where& where, Access access, double wait_s) {
    auto home = app::Home::open(
        where.home, access == Access::kRead ? app::Home::Access::kRead : app::Home::Access::kWrite,
        wait_s);
    log::open(home.log(), log::Level::kInfo, false);
    return home;
  }

  CancelToken cancel_;
  app::Instance instance_;
};

}  // namespace

std::string Gateway::text(const Call& wanted) {
  std::string text;
  call(wanted, [&text](std::string_view bytes) { text += bytes; });
  return text;
}

Json Gateway::json(const Call& wanted) {
  const std::string answer = text(wanted);
  return answer.empty() ? Json() : parse_json(answer, "the server's answer");
}

Json Gateway::json(std::string method, std::string target, const Json& body) {
  router::StringBody bytes(body.dump());
  return json({.method = std::move(method),
               .target = std::move(target),
               .headers = {{"Content-Type", "application/json"}},
               .body = &bytes});
}

std::unique_ptr<Gateway> connect(const Where& where, Access access, const CancelToken& cancel) {
  if (!where.url.empty()) {
    return std::make_unique<HttpGateway>(
        http::Client::for_url(where.url, {.bearer_token = where.token}), cancel);
  }
  const auto socket = app::Home::socket(where.home);
  if (http::answers(socket)) {
    return std::make_unique<HttpGateway>(http::Client::for_unix(socket), cancel);
  }
  return std::make_unique<InProcessGateway>(where, access, cancel);
}

std::unique_ptr<Gateway> connect_at_once(const Where& where) {
  http::ClientSettings settings{.connect_timeout_s = kAtOnceS, .read_timeout_s = kAtOnceS};
  if (!where.url.empty()) {
    settings.bearer_token = where.token;
    return std::make_unique<HttpGateway>(http::Client::for_url(where.url, settings), CancelToken());
  }
  const auto socket = app::Home::socket(where.home);
  if (http::answers(socket)) {
    return std::make_unique<HttpGateway>(http::Client::for_unix(socket, settings), CancelToken());
  }
  const std::string format = read_file(where.home / "FORMAT", 64);
  if (trim(format) != std::to_string(backup::kHomeFormat))
    throw Error(Code::kUnavailable, "The home is of another version.");
  return std::make_unique<InProcessGateway>(where, Access::kRead, CancelToken(), 0);
}

}  // namespace tarn::cli
