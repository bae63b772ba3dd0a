#pragma once
// What every command knows.

#include <memory>

#include "base/cancel.h"
#include "detail/gateway.h"
#include "detail/output.h"

namespace tarn::cli {

struct Context {
  Context(Where where_, Format format_, CancelToken cancel_)
      : where(std::move(where_)), format(format_), cancel(std::move(cancel_)) {}

  Where where;
  Format format;
  CancelToken cancel;

  /// The way to the router, opened at the first call. A later call may not ask for more than the
  /// first.
  Gateway& gateway(Access access) {
    if (!gateway_) gateway_ = connect(where, access, cancel);
    return *gateway_;
  }

 private:
  std::unique_ptr<Gateway> gateway_;
};

/// "/lake/paths/" + a path or name as one path segment or more, percent-encoded.
std::string target(std::string_view prefix, std::string_view argument,
                   std::string_view suffix = {});
/// "?a=b&c=d" of the parameters that are not empty.
std::string query(std::initializer_list<std::pair<std::string_view, std::string>> parameters);

/// All pages of a list: `member` names the items, "continuation" the next page.
Json all_pages(Gateway& gateway, const std::string& target, std::string_view member);

}  // namespace tarn::cli
