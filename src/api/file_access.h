#pragma once
// The lake's access control lists as what decides where no role does: which permission of a list an
// action needs.

#include "identity/authority.h"
#include "lake/access_lists.h"

namespace tarn::api {

/// The names that a list may have for a principal. A run is its submitter.
lake::Accessor accessor_of(const identity::Principal& principal);

class ListedAccess : public identity::FileAccess {
 public:
  explicit ListedAccess(lake::AccessLists& lists) : lists_(lists) {}

  bool allows(const identity::Principal& principal, identity::Action action,
              const std::string& container, const std::string& path) override;

 private:
  lake::AccessLists& lists_;
};

}  // namespace tarn::api
