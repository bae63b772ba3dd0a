#include "router/loopback_trust.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace tarn::router {
namespace {

/// Whether `authority` ("localhost:7420") names this machine with exactly our port; 80 may be left
/// out.
bool is_own_authority(std::string_view authority, std::uint16_t port) {
  constexpr std::array<std::string_view, 3> kNames = {"localhost", "127.0.0.1", "[::1]"};
  const std::string lower = to_lower(authority);
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    if (!std::string_view(lower).starts_with(name)) return false;
    const std::string_view rest = std::string_view(lower).substr(name.size());
    return rest.empty() ? port == 80 : rest == ":" + std::to_string(port);
  });
}

std::size_t count_of(const Headers& headers, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(),
                    [name](const auto& entry) { return equal_ignoring_case(entry.first, name); }));
}

std::string why_not(const Peer& peer, const Headers& headers, uid_t own_uid) {
  if (peer.kind != Peer::Kind::kTcp || !peer.loopback) return "not a loopback connection";
  if (!peer.uid) return "the owner of the client's socket is unknown";
  if (*peer.uid != own_uid) return "the client is another user";
  if (through_proxy(headers)) return "the request came through a proxy";
  if (count_of(headers, "Host") != 1 || !is_own_authority(headers.get("Host"), peer.local_port)) {
    return "the Host header does not name this server";
  }
  const std::string_view host = headers.get("Host");
  if (count_of(headers, "Origin") > 1 || count_of(headers, "Sec-Fetch-Site") > 1) {
    return "a header that may come once came twice";
  }
  if (const std::string* origin = headers.find("Origin")) {
    // Same origin is scheme, host and port as the browser wrote them, so localhost is not
    // 127.0.0.1.
    if (!equal_ignoring_case(*origin, "http://" + std::string(host))) {
      return "the request comes from another web page";
    }
  }
  if (const std::string* site = headers.find("Sec-Fetch-Site")) {
    if (*site != "same-origin" && *site != "none") return "the request comes from another web page";
  }
  return {};
}

}  // namespace

bool through_proxy(const Headers& headers) {
  return std::any_of(headers.begin(), headers.end(), [](const auto& entry) {
    const std::string name = to_lower(entry.first);
    return name == "forwarded" || name == "x-real-ip" || name == "via" ||
           name.starts_with("x-forwarded-");
  });
}

bool trusted_loopback(const Peer& peer, const Headers& headers, uid_t own_uid,
                      std::string* reason) {
  std::string why = why_not(peer, headers, own_uid);
  const bool trusted = why.empty();
  if (reason) *reason = std::move(why);
  return trusted;
}

}  // namespace tarn::router
