#include "assets/content_check.h"

#include <algorithm>
#include <fstream>

#include "base/digest.h"
#include "base/error.h"
#include "detail/content.h"
#include "detail/version_folder.h"

namespace tarn::assets {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPieceBytes = 1 << 20;

detail::ContentFile digest_file(const fs::path& folder, const fs::path& file,
                                const CancelToken& cancel) {
  detail::ContentFile result{.path = file.lexically_relative(folder).generic_string()};
  std::ifstream stream(file, std::ios::binary);
  std::string piece(kPieceBytes, '\0');
  Sha256 digest;
  while (stream.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
         stream.gcount() > 0) {
    cancel.check();
    const auto size = static_cast<std::size_t>(stream.gcount());
    digest.update(std::string_view(piece).substr(0, size));
    result.size_bytes += size;
  }
  if (stream.bad() || !stream.eof())
    throw Error(Code::kDataLoss, "A model's file cannot be read: " + file.string() + ".");
  result.sha256 = digest.hex();
  return result;
}

}  // namespace

std::string content_digest(const fs::path& folder, const CancelToken& cancel) {
  if (!fs::is_directory(folder))
    throw Error(Code::kNotFound, "There is no folder " + folder.string() + ".");
  detail::Content content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == detail::kMarker) continue;
    content.files.push_back(digest_file(folder, entry.path(), cancel));
  }
  std::ranges::sort(content.files, {}, &detail::ContentFile::path);
  return content.sha256();
}

}  // namespace tarn::assets
