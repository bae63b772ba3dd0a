#pragma once
// Commits of several tables as one: all of them happen or none, also when the process dies between.
//
// A Delta log is one table's. What joins several is a journal: it is written, synced, when all
// changes were found to fit, and removed when all are committed. recover() rolls what a crash left
// forward. Until then other readers may see some tables with their change and some without.
// The format of the journal is in docs/transactions.md. Thread-safe.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include "base/cancel.h"
#include "base/files.h"
#include "lake/delta_table.h"

namespace tarn::lake {

struct TableCommit {
  std::shared_ptr<delta::Table> table;
  delta::Change change;
};

class JointCommits {
 public:
  static constexpr std::size_t kTablesMax = 1000;  // of one commit
  using Open = std::function<std::shared_ptr<delta::Table>(const std::filesystem::path& folder)>;

  /// `journals` is the folder of the journals, `root` what the tables' folders lie in: they are
  /// written relative to it.
  JointCommits(std::filesystem::path journals, std::filesystem::path root,
               FileSystem& files = FileSystem::system());

  /// Throws kConflict where a table was changed meanwhile: then none is. A single table needs no
  /// journal. kUnavailable where the disk failed behind the decision: recover() completes it;
  /// kDataLoss where another engine was in the way of taking a part back. `published`, also when it
  /// throws: some log names the files, which must stay.
  void commit(std::vector<TableCommit> commits, bool& published, const CancelToken& cancel = {});

  /// Completes what a crash interrupted, before anybody reads; how many there were. A commit that
  /// still runs in another process is left to it. One that cannot go on, because another engine
  /// changed a table in between, is undone where it was done.
  std::size_t recover(const Open& open, const CancelToken& cancel = {});

 private:
  std::filesystem::path journals_;
  std::filesystem::path root_;
  FileSystem& files_;
};

}  // namespace tarn::lake
