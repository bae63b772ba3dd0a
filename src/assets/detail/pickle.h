#pragma once
// Whether a file may hold a pickle of Python, which runs code of whoever wrote it when it is
// loaded.

#include <string>
#include <string_view>

namespace tarn::assets::detail {

/// Looks at a file's name and at its bytes as they pass; it never loads anything.
class PickleCheck {
 public:
  explicit PickleCheck(std::string_view path);

  /// The next bytes.
  void see(std::string_view bytes);

  /// By its name: .pkl, .pickle, .cloudpickle, .dill, .joblib, .pt, .pth, .ckpt. By its bytes: the
  /// header of protocols 2 to 5 (PEP 307, 3154, 574) and the opcode STOP at the end; or, in a .bin,
  /// a ZIP archive, as PyTorch saves its weights.
  bool found() const;

 private:
  std::string path_;  // in small letters
  std::string head_;  // at most kHeadBytes
  char last_ = 0;
};

}  // namespace tarn::assets::detail
