#include "file_access.h"

#include "base/error.h"
#include "identity/actions.h"

namespace tarn::api {

namespace actions = identity::actions;

lake::Accessor accessor_of(const identity::Principal& principal) {
  const bool has_name = principal.kind != identity::PrincipalKind::kRun;
  return {.id = principal.id, .name = has_name ? principal.name : std::string()};
}

bool ListedAccess::allows(const identity::Principal& principal, identity::Action action,
                          const std::string& container, const std::string& path) {
  const lake::Accessor who = accessor_of(principal);
  const lake::LakePath place{.container = container, .path = path};
  try {
    // SQL reads files in the name of who asks: OPENROWSET, COPY and external tables.
    if (action == actions::kLakeFilesRead || action == actions::kLakeFilesList ||
        action == actions::kSqlOpenrowset || action == actions::kSqlCopy) {
      return lists_.may_read(who, place);
    }
    if (action == actions::kLakeFilesWrite) return lists_.may_write(who, place);
    if (action == actions::kLakeFilesDelete) return lists_.may_delete(who, place);
  } catch (const Error& error) {
    if (error.code() != Code::kInvalidArgument && error.code() != Code::kNotFound) throw;
  }
  return false;  // no list lets in what is none of a file's business
}

}  // namespace tarn::api
