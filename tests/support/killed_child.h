#pragma once
// Crash tests: a fail point is armed once, when a program starts, so what is to die at one runs in
// a process of its own: this program again, with one disabled test alone.

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

namespace tarn {

/// Runs the disabled test `test` ("Suite.DISABLED_Name") with the fail point armed and more in its
/// environment, until SIGKILL ends it; a failure when it ends otherwise.
inline void run_until_killed(
    const std::string& test, const std::string& fail_point,
    const std::vector<std::pair<std::string, std::string>>& more_environment) {
  std::vector<std::string> environment{"TARN_FAIL_POINT=" + fail_point};
  for (const auto& [name, value] : more_environment) environment.push_back(name + "=" + value);
  std::vector<std::string> arguments{"killed_child", "--gtest_also_run_disabled_tests",
                                     "--gtest_brief=1", "--gtest_filter=" + test};
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& entry : environment) envp.push_back(entry.data());
  for (char** entry = environ; *entry; ++entry) envp.push_back(*entry);
  envp.push_back(nullptr);

  pid_t child = 0;
  ASSERT_EQ(posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, argv.data(), envp.data()), 0);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      << fail_point << ", status " << status;
}

}  // namespace tarn
