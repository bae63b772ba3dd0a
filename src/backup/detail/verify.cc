#include "detail/verify.h"

#include <fstream>

#include "backup/tar.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace tarn::backup::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kManifestBytesMax = 1ull << 30;
constexpr std::size_t kDigestDigits = 64;

[[noreturn]] void not_whole(const std::string& what) {
  throw Error(Code::kDataLoss, "The backup is not whole: " + what + ".",
              "Use another copy of it, or make it again.");
}

std::string digest_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string piece(kPieceBytes, '\0');
  Sha256 digest;
  while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
         stream.gcount() > 0) {
    digest.update(std::string_view(piece).substr(0, static_cast<std::size_t>(stream.gcount())));
  }
  if (stream.bad()) not_whole("a file cannot be read: " + file.string());
  return digest.hex();
}

}  // namespace

Digests read_digests(const fs::path& folder) {
  Digests digests;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    digests[entry.path().lexically_relative(folder).generic_string()] = digest_of(entry.path());
  }
  return digests;
}

BackupSummary verify(const fs::path& folder, const Digests& digests) {
  // It is the last in the archive.
  if (!fs::exists(folder / "backup.json")) not_whole("backup.json is missing at its end");
  const Json manifest =
      parse_json(read_file(folder / "backup.json", kManifestBytesMax), "backup.json");
  const Json format = manifest.is_object() ? manifest.value("format", Json()) : Json();
  if (format.is_number_integer() && format > kBackupFormat) {
    throw Error(Code::kUnsupported,
                "The backup was made by a newer Tarn: " + manifest.value("tarn", "") + ".",
                "Use the newer program.");
  }
  const bool complete = format.is_number_integer() && manifest.contains("files") &&
                        manifest["files"].is_number_unsigned() && manifest.contains("tables") &&
                        manifest["tables"].is_array();
  if (!complete) not_whole("backup.json does not say what is in it");
  if (!fs::exists(folder / "SHA256SUMS")) not_whole("SHA256SUMS is missing");
  const std::string sums = read_file(folder / "SHA256SUMS", kManifestBytesMax);
  BackupSummary summary;
  for (std::size_t start = 0; start < sums.size();) {
    const std::size_t end = std::min(sums.find('\n', start), sums.size());
    const std::string line = sums.substr(start, end - start);
    start = end + 1;
    if (line.size() < kDigestDigits + 3) not_whole("SHA256SUMS has a short line");
    const std::string path = line.substr(kDigestDigits + 2);
    const auto found = digests.find(path);
    if (found == digests.end()) not_whole("a file is missing: " + path);
    if (found->second != line.substr(0, kDigestDigits)) not_whole("a file differs: " + path);
    ++summary.files;
    summary.bytes += fs::file_size(folder / path);
  }
  if (summary.files != manifest.at("files").get<std::uint64_t>())
    not_whole("SHA256SUMS has another number of files than backup.json");
  summary.tables = manifest.at("tables").size();
  // Backups of before dedicated SQL pools have none.
  summary.pools = manifest.value("pools", Json::array()).size();
  for (const Json& pool : manifest.value("pools_left_out", Json::array()))
    summary.pools_left_out.push_back(pool.get<std::string>());
  summary.made_at = manifest.value("made_at", "");
  return summary;
}

}  // namespace tarn::backup::detail
