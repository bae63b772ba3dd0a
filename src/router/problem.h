#pragma once
// Errors as HTTP problems (RFC 9457).

#include <string>

#include "base/error.h"
#include "router/message.h"

namespace tarn::router {

/// The HTTP status of a code: kNotFound is 404.
int status_of(Code code);
/// Also of what the error says beyond its code: a full disk is 507.
int status_of(const Error& error);

/// An application/problem+json response: type, title, status, detail, code, and hint, place, sql,
/// request_id where known.
Response problem(const Error& error, std::string_view request_id);
/// With a status that no code stands for (405, 415).
Response problem(int status, const Error& error, std::string_view request_id);

/// The Error that a problem response tells of, for a client; a body of another kind becomes an
/// Error by its status.
Error error_of(int status, std::string_view content_type, std::string_view body);

}  // namespace tarn::router
