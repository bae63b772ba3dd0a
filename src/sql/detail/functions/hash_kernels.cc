// HASHBYTES, checksums, COMPRESS and random bytes.

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <zlib.h>

#include <array>
#include <bit>

#include "base/text.h"
#include "detail/functions/old_digests.h"
#include "detail/functions/row_function.h"

namespace tarn::sql {
namespace {

using engine::Kind;

constexpr std::int64_t kRandomBytesMax = 8000;
constexpr std::size_t kDecompressedBytesMax = std::size_t{1} << 30;
constexpr int kGzip = 16;  // added to zlib's window bits: with a gzip header
constexpr std::int32_t kNullChecksum = 0x7FFFFFFF;

std::string evp_digest(const EVP_MD* algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) != 1)
    throw Error(Code::kInternal, "The digest could not be computed");
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hash_bytes(std::string_view algorithm, std::string_view bytes) {
  const std::string name = to_upper(algorithm);
  if (name == "SHA2_256") return evp_digest(EVP_sha256(), bytes);
  if (name == "SHA2_512") return evp_digest(EVP_sha512(), bytes);
  if (name == "SHA" || name == "SHA1") return evp_digest(EVP_sha1(), bytes);
  if (name == "MD5") return evp_digest(EVP_md5(), bytes);
  if (name == "MD4") return md4(bytes);
  if (name == "MD2") return md2(bytes);
  throw runtime_failure(1023, "Invalid parameter 1 specified for HASHBYTES.");
}

/// BINARY_CHECKSUM's sum: four bits on, then the next byte.
std::int32_t checksum_of(std::string_view bytes) {
  std::uint32_t sum = 0;
  for (const char c : bytes) sum = std::rotl(sum, 4) ^ static_cast<unsigned char>(c);
  return static_cast<std::int32_t>(sum);
}

Error not_compressed() {
  return Error(Code::kInvalidArgument,
               "DECOMPRESS failed: the value is not in the GZIP format, or it is damaged.");
}

/// Releases zlib's state on every way out.
template <int (*kEnd)(z_streamp)>
struct Stream {
  z_stream z{};
  ~Stream() { kEnd(&z); }
};

std::string compressed(std::string_view bytes) {
  Stream<deflateEnd> stream;
  if (deflateInit2(&stream.z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzip, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(Code::kResourceExhausted, "There is no memory to compress a value");
  }
  std::string result(deflateBound(&stream.z, static_cast<uLong>(bytes.size())), '\0');
  stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.z.avail_in = static_cast<uInt>(bytes.size());
  stream.z.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.z.avail_out = static_cast<uInt>(result.size());
  check(deflate(&stream.z, Z_FINISH) == Z_STREAM_END, "deflateBound was too small");
  result.resize(stream.z.total_out);
  return result;
}

std::string decompressed(std::string_view bytes) {
  Stream<inflateEnd> stream;
  if (inflateInit2(&stream.z, MAX_WBITS + kGzip) != Z_OK)
    throw Error(Code::kResourceExhausted, "There is no memory to decompress a value");
  stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.z.avail_in = static_cast<uInt>(bytes.size());
  std::string result;
  std::array<char, 65536> buffer{};
  int status = Z_OK;
  while (status != Z_STREAM_END) {
    stream.z.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.z.avail_out = static_cast<uInt>(buffer.size());
    status = inflate(&stream.z, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END) throw not_compressed();
    result.append(buffer.data(), buffer.size() - stream.z.avail_out);
    if (result.size() > kDecompressedBytesMax) {
      throw Error(Code::kTooLarge, "DECOMPRESS failed: the value is longer than " +
                                       std::to_string(kDecompressedBytesMax) + " bytes.");
    }
  }
  return result;
}

/// CHECKSUM and BINARY_CHECKSUM of several values: each adds its own sum, NULLs theirs.
void combine(const engine::Chunk& input, engine::ColumnWriter& output) {
  const engine::Column& before = input.column(0);
  const engine::Column& next = input.column(1);
  for (std::size_t i = 0; i < input.size(); ++i) {
    const auto sum = static_cast<std::uint32_t>(before.integer(i));
    const std::int32_t added =
        next.is_null(i) ? kNullChecksum : static_cast<std::int32_t>(next.integer(i));
    output.data<std::int32_t>()[i] =
        static_cast<std::int32_t>(std::rotl(sum, 4) ^ static_cast<std::uint32_t>(added));
  }
}

}  // namespace

std::vector<engine::ScalarFunction> hash_engine_functions() {
  std::vector<engine::ScalarFunction> functions;
  functions.push_back(row_function("tarn_hash_bytes", {Kind::kText, Kind::kBlob}, Kind::kBlob,
                                   [](const Row& r) { return hash_bytes(r.text(0), r.text(1)); }));
  functions.push_back(row_function("tarn_checksum", {Kind::kBlob}, Kind::kInt32,
                                   [](const Row& r) { return checksum_of(r.text(0)); }));
  engine::ScalarFunction combined;
  combined.name = "tarn_combine_checksums";
  combined.parameters = {Kind::kInt32, Kind::kInt32};
  combined.result = Kind::kInt32;
  combined.call = combine;
  functions.push_back(std::move(combined));
  functions.push_back(row_function("tarn_compress", {Kind::kBlob}, Kind::kBlob,
                                   [](const Row& r) { return compressed(r.text(0)); }));
  functions.push_back(row_function("tarn_decompress", {Kind::kBlob}, Kind::kBlob,
                                   [](const Row& r) { return decompressed(r.text(0)); }));
  engine::ScalarFunction random =
      row_function("tarn_random_bytes", {Kind::kInt64}, Kind::kBlob,
                   [](const Row& r) -> std::optional<std::string> {
                     const std::int64_t count = r.integer(0);
                     if (count < 1 || count > kRandomBytesMax) return std::nullopt;
                     std::string bytes(static_cast<std::size_t>(count), '\0');
                     if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()),
                                    static_cast<int>(count)) != 1)
                       throw Error(Code::kInternal, "The system gave no random bytes");
                     return bytes;
                   });
  random.pure = false;
  functions.push_back(std::move(random));
  return functions;
}

}  // namespace tarn::sql
