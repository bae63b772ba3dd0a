// The certificate that SQL clients see.

#include "detail/rest_routes.h"
#include "identity/actions.h"
#include "tds/certificate.h"

namespace tarn::api {
namespace {

struct Certificate {
  std::string certificate;

  static void describe(router::FieldList<Certificate>& f) {
    f.type("Certificate", "The certificate that the server shows to SQL clients.");
    f.required("certificate", &Certificate::certificate, "PEM, with its chain where there is one.");
  }
};

}  // namespace

std::vector<router::Route> tls_routes(const Workspace& w) {
  return {{.method = "GET",
           .pattern = "/tls/certificate",
           .action = std::string(identity::actions::kServerRead),
           .summary = "The certificate that SQL clients see; made where there is none",
           .handler =
               [&w](router::Request&) {
                 return router::json_response(
                     Certificate{tds::ensure_identity(w.home / tds::kIdentityFolder).certificate});
               },
           .response = router::json_body<Certificate>()}};
}

}  // namespace tarn::api
