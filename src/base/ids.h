#pragma once
// Identifiers. Inside they are UUIDv7 (RFC 9562), which sort by the time of their making; surfaces
// render their own form.

#include <string>
#include <string_view>

namespace tarn {

/// A new UUIDv7, "0192f0c4-6b1e-7c3a-9d2b-8f1e6a7c5b40". Strictly increasing within the process.
std::string new_id();

/// The 32 lower-case hex digits of a UUID: the form of MLflow's run ids.
std::string hex_of(std::string_view uuid);

/// `bytes` random bytes from the system's generator as lower-case hex.
std::string random_hex(std::size_t bytes);

}  // namespace tarn
