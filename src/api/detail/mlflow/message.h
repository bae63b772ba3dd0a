#pragma once
// A request's message as MLflow's clients send it: Protocol Buffers' JSON in the body, or query
// parameters. Integers may come as texts, doubles as "NaN" and "Infinity"; what is unknown is
// passed over.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "router/message.h"

namespace tarn::api::mlflow {

/// Read fields throw Error(kInvalidArgument) in MLflow's words, naming the field.
class Message {
 public:
  /// The body of a POST, PUT, PATCH or DELETE, or the query of a GET.
  static Message of(router::Request& request, std::uint64_t body_bytes_max);
  explicit Message(Json value, std::string path = {});

  bool has(std::string_view name) const;
  /// Empty where it is absent.
  std::string text(std::string_view name) const;
  /// Throws also where it is absent or empty.
  std::string required_text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::int64_t required_integer(std::string_view name) const;
  double required_number(std::string_view name) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  /// A list of messages; each knows its path: "metrics[2]".
  std::vector<Message> messages(std::string_view name) const;
  /// A message within it; empty where it is absent.
  std::optional<Message> message(std::string_view name) const;
  /// run_id, or the run_uuid of old clients.
  std::string run_id() const;

  const Json& json() const { return value_; }
  /// "metrics[2].key".
  std::string path_of(std::string_view name) const;

 private:
  const Json* find(std::string_view name) const;
  [[noreturn]] void wrong_type(std::string_view name, const Json& value) const;

  Json value_;
  std::string path_;
};

/// JSON on one line; bytes that are no UTF-8 become U+FFFD.
std::string compact(const Json& json);
/// Protocol Buffers' JSON of a double: NaN and infinities as texts.
Json number_json(double value);

}  // namespace tarn::api::mlflow
