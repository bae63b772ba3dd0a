#pragma once
// When a connection over loopback TCP is as good as the server's own user. The Gate asks; nothing
// here has state.

#include <string>

#include "router/message.h"

namespace tarn::router {

/// Whether a header says that a proxy stands between (Forwarded, X-Forwarded-*, X-Real-IP, Via).
bool through_proxy(const Headers& headers);

/// Trusted only if: the other end's socket belongs to `own_uid`; both ends are loopback; Host names
/// this machine (localhost, 127.0.0.1, [::1]) with our port; Origin is absent or is that same host
/// and port (no other web page speaks); Sec-Fetch-Site is absent, "same-origin" or "none"; no proxy
/// stands between. `reason`, where given, gets why not.
bool trusted_loopback(const Peer& peer, const Headers& headers, uid_t own_uid,
                      std::string* reason = nullptr);

}  // namespace tarn::router
