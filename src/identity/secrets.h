#pragma once
// Sealed secrets: passwords and keys that a workspace keeps. Each is sealed with AES-256-GCM under
// the key file of the home, bound to its workspace and name, so that a copied database without the
// key file tells nothing.
//
//   <home>/secret.key    32 random bytes, mode 0600, made on first use

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "meta/paging.h"
#include "meta/store.h"

namespace tarn::identity {

inline constexpr std::size_t kSecretBytesMax = 64 * 1024;
inline constexpr std::size_t kSecretNameBytesMax = 256;
inline constexpr int kSecretPageMax = 1000;

class Secrets {
 public:
  Secrets(meta::Store& store, std::string workspace_id, std::filesystem::path home,
          const Clock& clock = Clock::system());

  /// Stores or replaces. Throws Error(kTooLarge), kInvalidArgument for an empty name.
  void put(std::string_view name, std::string_view secret);
  /// Empty where there is none. Throws Error(kDataLoss) when it was altered or the key file is
  /// another one.
  std::optional<std::string> get(std::string_view name);
  bool remove(std::string_view name);
  /// Names only, sorted.
  meta::PageOf<std::string> list(const meta::Page& page = {});

 private:
  std::string key();

  meta::Store& store_;
  std::string workspace_id_;
  std::filesystem::path home_;
  const Clock& clock_;
};

}  // namespace tarn::identity
