// Feeds arbitrary bytes to the reader of Delta commits and replays what it reads. Nothing but
// tarn::Error may leave it, and what is read must survive being written and read again.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "detail/replay.h"
#include "lake/delta_log.h"

namespace {

using namespace tarn::lake::delta;

constexpr std::size_t kTextMax = 65536;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<Action> written_and_read(const std::vector<Action>& actions) {
  std::string text;
  for (const Action& action : actions) text += to_line(action) + "\n";
  return parse_commit(text, "written");
}

void replay(std::vector<Action> actions) {
  detail::Replay state;
  state.apply(std::move(actions));
  const SnapshotPtr snapshot = state.snapshot(0, 0);
  snapshot->row_count();
  require(snapshot->size_bytes() >= 0 || !snapshot->files.empty());
  check_readable(snapshot->protocol);
  check_writable(snapshot->protocol, snapshot->metadata);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kTextMax) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    std::vector<Action> actions = parse_commit(text, "fuzz");
    const std::vector<Action> again = written_and_read(actions);
    require(again.size() == actions.size());
    for (std::size_t i = 0; i < actions.size(); ++i)
      require(again[i].index() == actions[i].index());
    replay(std::move(actions));
  } catch (const tarn::Error& error) {
    require(!error.message().empty());
  }
  try {
    const std::string path = decode_path(text);
    require(decode_path(encode_path(path)) == path);
  } catch (const tarn::Error&) {
  }
  return 0;
}
