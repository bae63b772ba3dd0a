#pragma once
// PRELOGIN ([MS-TDS] 2.2.6.5): what both sides can do, before anybody signs in.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::tds::detail {

/// The version that we show, as that of Azure's pools: 12.0.2000.8.
inline constexpr std::array<std::uint8_t, 4> kProgramVersion = {12, 0, 2000 >> 8, 2000 & 0xFF};

enum class Encryption : std::uint8_t {
  kOff = 0,  // of LOGIN7 alone
  kOn = 1,
  kNotSupported = 2,
  kRequired = 3,
};

struct PreLogin {
  Encryption encryption = Encryption::kNotSupported;  // also where nothing is said
  bool mars = false;                                  // the client would like it
  bool federated_login = false;                       // it may sign in with a token (FEDAUTH)
};

/// Throws Error(kInvalidArgument) 4002 for an option that does not lie within the message or has
/// another length than its own.
PreLogin read_prelogin(std::string_view body);

/// What follows from the client's wish and from our having a certificate: it is as the client says.
Encryption agree_on_encryption(Encryption asked);

/// The body of the answer: no MARS, and federated logins where the client asks for them.
std::string prelogin_answer(const PreLogin& asked, Encryption agreed);

}  // namespace tarn::tds::detail
