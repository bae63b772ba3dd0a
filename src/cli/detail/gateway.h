#pragma once
// The way to the router: over HTTP to a server, or in this process.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/json.h"
#include "router/message.h"

namespace tarn::cli {

/// What the caller wants of the home, where no server has it.
enum class Access {
  kRead,   // shares the home with other reading commands
  kWrite,  // alone
  kJobs,   // alone, and jobs run while the command does
};

struct Where {
  std::filesystem::path home;
  std::string workspace = "main";
  std::string store;  // --store, where this process opens the home
  std::string lake;   // --lake, the same
  std::string url;    // of a server; empty: the home's own, or none
  std::string token;  // for that URL
};

struct Call {
  std::string method = "GET";
  std::string target;
  router::Headers headers = {};
  router::BodyReader* body = nullptr;
  const CancelToken* cancel = nullptr;  // of this call; null: the gateway's
};

using Receive = std::function<void(std::string_view bytes)>;

class Gateway {
 public:
  virtual ~Gateway() = default;
  /// Makes the call and passes the body of a successful answer on as it comes. A failure is thrown
  /// as the Error that the router rendered.
  virtual void call(const Call& call, const Receive& receive) = 0;
  /// Whether a server answers, rather than this process.
  virtual bool served() const = 0;

  std::string text(const Call& call);
  Json json(const Call& call);
  /// A call with a JSON body.
  Json json(std::string method, std::string target, const Json& body);
};

/// Finds a server (the URL's, then the home's), else opens the home in this process.
std::unique_ptr<Gateway> connect(const Where& where, Access access, const CancelToken& cancel);

/// The same for reading, for who cannot wait: a server is given kAtOnceS to answer, a home must be
/// there, of this version and free. Throws Error otherwise.
std::unique_ptr<Gateway> connect_at_once(const Where& where);
inline constexpr double kAtOnceS = 1;

}  // namespace tarn::cli
