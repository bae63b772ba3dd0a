// POST /sql: batches of T-SQL in one session; rows come as they are made, as JSON, JSON lines or an
// Arrow stream. And the batches under way: what runs, what waits, and their end.

#include <charconv>

#include "api/gate.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "detail/byte_pipe.h"
#include "detail/rest_routes.h"
#include "detail/sql_encoders.h"
#include "detail/sql_sessions.h"
#include "identity/actions.h"
#include "identity/authority.h"
#include "router/problem.h"
#include "sql/session.h"

namespace tarn::api {
namespace {

struct SqlRequest {
  std::optional<std::string> query;
  std::vector<std::string> batches;
  std::string database = "default";
  std::optional<std::string> session;

  static void describe(router::FieldList<SqlRequest>& f) {
    f.type("SqlRequest", "T-SQL to run. GO is the client's: it sends batches.");
    f.optional("query", &SqlRequest::query, "One batch.");
    f.optional("batches", &SqlRequest::batches, "Several, run one after the other in one session.");
    f.optional("database", &SqlRequest::database, "The current database at the start.");
    f.optional("session", &SqlRequest::session,
               "A session of POST /sql/sessions to run in: its current database, temporary tables "
               "and settings hold on. `database` is not looked at then.");
  }
};
struct SqlSessionRequest {
  std::string database = "default";

  static void describe(router::FieldList<SqlSessionRequest>& f) {
    f.type("SqlSessionRequest", "A session to open.");
    f.optional("database", &SqlSessionRequest::database, "The current database at the start.");
  }
};
struct SqlSessionOpened {
  std::string session;
  std::string database;

  static void describe(router::FieldList<SqlSessionOpened>& f) {
    f.type("SqlSession", "A session that outlives a request.");
    f.required("session", &SqlSessionOpened::session, "Its id.");
    f.required("database", &SqlSessionOpened::database, "Its current database.");
  }
};

/// Named as in sys.dm_exec_requests.
struct SqlRequestUnderWay {
  std::int32_t session_id = 0;
  std::string login;
  std::string application;
  std::string database;
  std::string status;
  std::string started;
  std::string wait_reason;
  std::string text;

  static void describe(router::FieldList<SqlRequestUnderWay>& f) {
    f.type("SqlRequestUnderWay", "A batch under way.");
    f.required("session_id", &SqlRequestUnderWay::session_id, "Its session.");
    f.required("login", &SqlRequestUnderWay::login, "Who runs it.");
    f.required("application", &SqlRequestUnderWay::application, "With what.");
    f.required("database", &SqlRequestUnderWay::database, "The current one at its start.");
    f.required("status", &SqlRequestUnderWay::status, "running, or suspended: it waits.",
               {"running", "suspended"});
    f.required("started", &SqlRequestUnderWay::started, "UTC.");
    f.required("wait_reason", &SqlRequestUnderWay::wait_reason, "What it waits for; or empty.");
    f.required("text", &SqlRequestUnderWay::text, "Its beginning.");
  }
};
struct SqlRequestListing {
  std::vector<SqlRequestUnderWay> requests;

  static void describe(router::FieldList<SqlRequestListing>& f) {
    f.type("SqlRequestListing", "The batches under way.");
    f.required("requests", &SqlRequestListing::requests, "The oldest first.");
  }
};

using router::Request;
using router::Response;
namespace actions = identity::actions;

constexpr std::uint64_t kScriptBytesMax = 64ull << 20;
constexpr int kBatchesMax = 10'000;

SqlFormat format_of(const Request& request) {
  const std::string_view accept = request.headers.get("Accept", "*/*");
  if (accept.find(kArrowMediaType) != std::string_view::npos) return SqlFormat::kArrow;
  if (accept.find(kJsonLinesMediaType) != std::string_view::npos) return SqlFormat::kJsonLines;
  if (accept.find("*/*") != std::string_view::npos ||
      accept.find("application/") != std::string_view::npos) {
    return SqlFormat::kJson;
  }
  throw Error(
      Code::kInvalidArgument, "No answer of SQL has the type '" + std::string(accept) + "'.",
      "Accept application/json, application/x-ndjson or application/vnd.apache.arrow.stream.");
}

sql::SessionOptions options_of(const Workspace& workspace, const Request& request,
                               const std::string& database) {
  sql::SessionOptions options;
  options.database = database;
  options.login = request.caller.name;
  options.principal = principal_of(request);
  options.application = std::string(request.headers.get("User-Agent"));
  options.id = next_sql_session_id();
  options.authorize = [&authority = workspace.authority, principal = principal_of(request),
                       request_id = request.request_id](const sql::Permission& permission) {
    authority.authorize(principal, permission.action, permission.scope, {request_id, {}});
  };
  return options;
}

// Runs the batches; the place of an error counts lines within its own batch, and `source` says
// which batch it was.
void run_batches(sql::Session& session, const std::vector<std::string>& batches,
                 SqlEncoder& encoder, const CancelToken& cancel) {
  for (std::size_t i = 0; i < batches.size(); ++i) {
    encoder.begin_batch(i);
    session.execute(batches[i], encoder, cancel);
  }
  encoder.finish();
}

Response run_sql(const Workspace& workspace, SqlSessions& sessions, Request& request) {
  auto wanted = router::read_json<SqlRequest>(request);
  if (wanted.query) wanted.batches.insert(wanted.batches.begin(), *wanted.query);
  if (wanted.batches.empty() || wanted.batches.size() > kBatchesMax) {
    throw Error(Code::kInvalidArgument,
                "A request needs 1 to " + std::to_string(kBatchesMax) + " batches, found " +
                    std::to_string(wanted.batches.size()) + ".",
                R"(Send {"query": "SELECT 1"}.)");
  }
  const SqlFormat format = format_of(request);
  // A session of this request alone, or one that was opened before.
  auto session = wanted.session
                     ? sessions.find(*wanted.session, request.caller.id)
                     : std::make_shared<SharedSession>(
                           workspace.sql, options_of(workspace, request, wanted.database));

  // The batches run on a thread of their own until the first bytes are there: so an error before
  // any result still has its own status, and one after it stands in the stream.
  auto pipe = std::make_shared<BytePipe>(
      request.cancel,
      [session, format, batches = std::move(wanted.batches), request_id = request.request_id](
          BytePipe::Writer& out, const CancelToken& cancel) {
        const auto encoder =
            make_sql_encoder(format, [&out](std::string_view bytes) { out.write(bytes); });
        try {
          const SharedSession::Use use(*session, cancel);
          out.on_stall({.stalled = [&] { session->session.client_waits(); },
                        .goes_on = [&] { session->session.client_goes_on(); }});
          run_batches(session->session, batches, *encoder, cancel);
        } catch (const Error& error) {
          if (!out.flushed() && encoder->empty()) throw;
          encoder->fail(router::problem(error, request_id).body);
        }
      });
  pipe->wait_for_first_bytes();

  Response response;
  response.headers.set("Content-Type", std::string(media_type_of(format)));
  response.headers.set("Cache-Control", "no-store");
  response.stream = [pipe](router::BodySink& sink) { pipe->drain(sink); };
  return response;
}

Response list_requests(const Workspace& workspace) {
  SqlRequestListing listing;
  for (const sql::RequestInfo& one : workspace.sql.admission->requests()) {
    listing.requests.push_back({one.session_id, one.login, one.application, one.database,
                                one.waiting ? "suspended" : "running", time_text(one.started),
                                one.reason, one.text});
  }
  return router::json_response(listing);
}

Response cancel_request(const Workspace& workspace, const Request& request) {
  const std::string id = request.path_parameters.require("session");
  int session = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), session);
  if (error != std::errc() || end != id.data() + id.size() ||
      !workspace.sql.admission->cancel(session)) {
    throw Error(Code::kNotFound, "No session runs a batch: '" + id + "'.",
                "GET /sql/requests lists them.");
  }
  return Response::no_content();
}

Response open_session(const Workspace& workspace, SqlSessions& sessions, Request& request) {
  const auto wanted = router::read_json<SqlSessionRequest>(request);
  auto session = std::make_shared<SharedSession>(workspace.sql,
                                                 options_of(workspace, request, wanted.database));
  const std::string database = session->session.database();
  return router::json_response(
      SqlSessionOpened{sessions.add(std::move(session), request.caller.id), database});
}

Response close_session(SqlSessions& sessions, const Request& request) {
  sessions.remove(request.path_parameters.require("session"), request.caller.id);
  return {.status = 204};
}

}  // namespace

std::vector<router::Route> sql_routes(const Workspace& w) {
  auto sessions = std::make_shared<SqlSessions>();
  return {{.method = "POST",
           .pattern = "/sql",
           .action = std::string(actions::kSqlConnect),
           .summary = "Run T-SQL; the rows stream",
           .handler = [&w, sessions](Request& r) { return run_sql(w, *sessions, r); },
           .request = router::json_body<SqlRequest>(),
           .response =
               router::bytes_body("The results, as the Accept header asks.", "application/json"),
           .body_bytes_max = kScriptBytesMax},
          {.method = "GET",
           .pattern = "/sql/requests",
           .action = std::string(actions::kSqlKill),
           .summary = "The batches under way",
           .handler = [&w](Request&) { return list_requests(w); },
           .response = router::json_body<SqlRequestListing>()},
          {.method = "DELETE",
           .pattern = "/sql/requests/{session}",
           .action = std::string(actions::kSqlKill),
           .summary = "End a session's batch",
           .handler = [&w](Request& r) { return cancel_request(w, r); },
           .response_status = 204},
          {.method = "POST",
           .pattern = "/sql/sessions",
           .action = std::string(actions::kSqlConnect),
           .summary = "Open a session that several requests run in",
           .handler = [&w, sessions](Request& r) { return open_session(w, *sessions, r); },
           .request = router::json_body<SqlSessionRequest>(),
           .response = router::json_body<SqlSessionOpened>()},
          {.method = "DELETE",
           .pattern = "/sql/sessions/{session}",
           .action = std::string(actions::kSqlConnect),
           .summary = "Close a session",
           .handler = [sessions](Request& r) { return close_session(*sessions, r); },
           .response_status = 204}};
}

}  // namespace tarn::api
