#include "assets/version_files.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "temporary_folder.h"

namespace tarn::assets {
namespace {

namespace fs = std::filesystem;

class VersionFilesTest : public testing::Test {
 protected:
  VersionFilesTest() {
    fs::create_directories(folder() / "env");
    std::ofstream(folder() / "model.onnx") << "onnx";
    std::ofstream(folder() / "env" / "conda.yaml") << "name: a";
    std::ofstream(folder() / ".tarn-pending") << "";
    std::ofstream(home_.path() / "secret") << "secret";
    fs::create_symlink(home_.path() / "secret", folder() / "link");
  }

  fs::path folder() { return home_.path() / "m" / "1"; }

  Code refused(const fs::path& folder, std::string_view path) {
    try {
      open_version_file(folder, path);
    } catch (const Error& error) {
      return error.code();
    }
    return Code::kInternal;
  }

  TemporaryFolder home_;
};

TEST_F(VersionFilesTest, ListsPlainFilesByPath) {
  const auto files = version_files(folder());
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].path, "env/conda.yaml");
  EXPECT_EQ(files[1].path, "model.onnx");
  EXPECT_EQ(files[1].size_bytes, 4u);
}

TEST_F(VersionFilesTest, OpensThemAndNothingElse) {
  char bytes[8] = {};
  EXPECT_EQ(::read(open_version_file(folder(), "env/conda.yaml").get(), bytes, sizeof bytes), 7);
  for (const char* path : {"link", "../../secret", "env", "", ".tarn-pending", "env/../model.onnx",
                           "/etc/passwd", "model.onnx/"}) {
    EXPECT_EQ(refused(folder(), path), Code::kNotFound) << path;
  }
}

TEST_F(VersionFilesTest, AFolderThatIsGoneIsLostData) {
  EXPECT_EQ(refused(home_.path() / "none", "model.onnx"), Code::kDataLoss);
}

}  // namespace
}  // namespace tarn::assets
