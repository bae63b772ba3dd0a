#pragma once
// MD2 and MD4, which HASHBYTES still takes and OpenSSL no longer has. For old checksums only:
// neither is safe. Sources: RFC 1319 and RFC 1320.

#include <string>
#include <string_view>

namespace tarn::sql {

/// 16 bytes.
std::string md2(std::string_view bytes);
std::string md4(std::string_view bytes);

}  // namespace tarn::sql
