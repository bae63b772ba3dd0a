// The account key of the storage API: shown to the owner, and renewed.

#include "detail/rest_routes.h"
#include "identity/account_key.h"
#include "identity/actions.h"

namespace tarn::api {
namespace {

struct StorageKey {
  std::string key;

  static void describe(router::FieldList<StorageKey>& f) {
    f.type("StorageKey", "The account key of the storage API.");
    f.required("key", &StorageKey::key, "Base64 of 64 bytes. Who has it is the owner.");
  }
};

}  // namespace

std::vector<router::Route> storage_key_routes(const Workspace& w) {
  return {
      {.method = "GET",
       .pattern = "/storage/key",
       .action = std::string(identity::actions::kStorageKeyRead),
       .summary = "The account key of the storage API",
       .handler =
           [&w](router::Request&) {
             return router::json_response(StorageKey{w.account_key.text()});
           },
       .response = router::json_body<StorageKey>()},
      {.method = "POST",
       .pattern = "/storage/key/renew",
       .action = std::string(identity::actions::kStorageKeyWrite),
       .summary = "Make another account key; what was signed with the one before ends",
       .handler =
           [&w](router::Request&) {
             return router::json_response(StorageKey{w.account_key.renew()});
           },
       .response = router::json_body<StorageKey>()},
  };
}

}  // namespace tarn::api
