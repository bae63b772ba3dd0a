#pragma once
// Errors as Azure's storage writes them: a status, a code, a message; XML for Blob, JSON for Data
// Lake Storage, and both in the header x-ms-error-code.

#include <string>

#include "api/workspace.h"
#include "base/error.h"
#include "router/message.h"

namespace tarn::api::storage {

enum class Convention { kBlob, kDfs };

/// An error with Azure's own code. The clients tell errors apart by it.
class StorageError : public Error {
 public:
  StorageError(int status, std::string code, std::string message, std::string hint = {});

  int status() const { return status_; }
  const std::string& storage_code() const { return storage_code_; }

 private:
  int status_;
  std::string storage_code_;
};

/// Any error as a response.
router::Response render(const Workspace& workspace, Convention convention,
                        const router::Request& request, const Error& error);

/// The status and code that an error has on the wire.
struct Rendered {
  int status = 500;
  std::string code;
};
Rendered rendering_of(const Workspace& workspace, Convention convention,
                      const router::Request& request, const Error& error);

/// The headers that every answer bears: x-ms-request-id, x-ms-version, x-ms-client-request-id.
void stamp(router::Response& response, const router::Request& request);

}  // namespace tarn::api::storage
