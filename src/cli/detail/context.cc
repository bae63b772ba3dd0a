#include "detail/context.h"

#include "router/url.h"

namespace tarn::cli {

std::string target(std::string_view prefix, std::string_view argument, std::string_view suffix) {
  return std::string(prefix) + router::percent_encode(argument) + std::string(suffix);
}

std::string query(std::initializer_list<std::pair<std::string_view, std::string>> parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    text += (text.empty() ? '?' : '&') + std::string(name) + '=' + router::percent_encode(value);
  }
  return text;
}

Json all_pages(Gateway& gateway, const std::string& first, std::string_view member) {
  Json items = Json::array();
  std::string continuation;
  do {
    std::string page = first;
    if (!continuation.empty()) {
      page += (first.find('?') == std::string::npos ? '?' : '&');
      page += "continuation=" + router::percent_encode(continuation);
    }
    Json answer = gateway.json({.target = page});
    for (auto& item : answer[std::string(member)]) items.push_back(std::move(item));
    continuation = answer.value("continuation", "");
  } while (!continuation.empty());
  return items;
}

}  // namespace tarn::cli
