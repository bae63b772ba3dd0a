#include "detail/pickle.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace tarn::assets::detail {

namespace {

constexpr std::size_t kHeadBytes = 4;
constexpr std::string_view kZipHead = "PK\x03\x04";
constexpr char kPickleProto = '\x80';  // the opcode PROTO, before the protocol's number
constexpr char kPickleStop = '.';
constexpr std::array<std::string_view, 8> kPickleExtensions = {
    ".pkl", ".pickle", ".cloudpickle", ".dill", ".joblib", ".pt", ".pth", ".ckpt"};

}  // namespace

PickleCheck::PickleCheck(std::string_view path) : path_(to_lower(path)) {}

void PickleCheck::see(std::string_view bytes) {
  if (bytes.empty()) return;
  head_.append(bytes.substr(0, kHeadBytes - head_.size()));
  last_ = bytes.back();
}

bool PickleCheck::found() const {
  const auto ends = [&](std::string_view extension) { return path_.ends_with(extension); };
  if (std::ranges::any_of(kPickleExtensions, ends)) return true;
  if (path_.ends_with(".bin") && head_ == kZipHead) return true;
  return head_.size() > 1 && head_[0] == kPickleProto && head_[1] >= 2 && head_[1] <= 5 &&
         last_ == kPickleStop;
}

}  // namespace tarn::assets::detail
