#pragma once
// What names, keys and values may look like: MLflow's rules.

#include <string_view>

#include "track/tracking.h"

namespace tarn::track::detail {

/// Unicode code points. Throws Error(kInvalidArgument) where the text is not UTF-8 or holds a NUL
/// character.
std::size_t characters_of(std::string_view what, std::string_view text);

/// Throws Error(kTooLarge) naming `what` and `key`.
void check_value(std::string_view what, std::string_view key, std::string_view value,
                 std::size_t characters_max);

/// A param's, metric's or tag's key: 1 to kKeyCharactersMax of letters, digits and "_-. :/", which
/// is also a relative path without "." and "..". Throws Error(kInvalidArgument), kTooLarge.
void check_key(std::string_view what, std::string_view key);

void check_experiment_name(std::string_view name);
void check_run_name(std::string_view name);
/// 32 lower-case hex digits.
void check_run_id(std::string_view id);
void check_batch(const Batch& batch);

}  // namespace tarn::track::detail
