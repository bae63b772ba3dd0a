#pragma once
// The wire format of protocol buffers (protobuf.dev/programming-guides/encoding), as far as ONNX
// needs it.

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace tarn::onnx::wire {

static_assert(std::endian::native == std::endian::little,
              "tensors are copied as they lie in memory");

enum class Type : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

inline void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

inline void put_key(std::string& out, std::uint32_t field, Type type) {
  put_varint(out, (std::uint64_t{field} << 3) | static_cast<std::uint32_t>(type));
}

inline void put_int(std::string& out, std::uint32_t field, std::int64_t value) {
  put_key(out, field, Type::kVarint);
  put_varint(out, static_cast<std::uint64_t>(value));
}

inline void put_float(std::string& out, std::uint32_t field, float value) {
  put_key(out, field, Type::kFixed32);
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  out.append(raw, sizeof value);
}

/// A string, bytes, an embedded message or a packed field.
inline void put_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  put_key(out, field, Type::kBytes);
  put_varint(out, bytes.size());
  out.append(bytes);
}

/// One field of a message: `number` for varints, `bytes` for what has a length or is fixed.
struct Field {
  std::uint32_t id = 0;
  Type type = Type::kVarint;
  std::uint64_t number = 0;
  std::string_view bytes;
};

/// Walks the fields of one message. next() is empty at the end, and when the bytes are malformed:
/// see ok().
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::optional<Field> next() {
    if (rest_.empty() || !ok_) return std::nullopt;
    Field field;
    std::uint64_t key = 0;
    if (!take_varint(key) || (key >> 3) == 0 || (key >> 3) > 0x1fffffff) return malformed();
    field.id = static_cast<std::uint32_t>(key >> 3);
    field.type = static_cast<Type>(key & 7);
    switch (field.type) {
      case Type::kVarint:
        return take_varint(field.number) ? std::optional(field) : malformed();
      case Type::kFixed64:
        return take_bytes(8, field);
      case Type::kFixed32:
        return take_bytes(4, field);
      case Type::kBytes: {
        std::uint64_t size = 0;
        return take_varint(size) ? take_bytes(size, field) : malformed();
      }
    }
    return malformed();
  }

  bool ok() const { return ok_; }

 private:
  std::optional<Field> malformed() {
    ok_ = false;
    return std::nullopt;
  }

  bool take_varint(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  std::optional<Field> take_bytes(std::uint64_t size, Field& field) {
    if (size > rest_.size()) return malformed();
    field.bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace tarn::onnx::wire
