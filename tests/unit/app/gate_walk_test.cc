// Every route, and every kind of SQL statement, called by somebody without rights.

#include <gmock/gmock.h>
#include <unistd.h>

#include "identity/actions.h"
#include "identity/authority.h"
#include "identity/tokens.h"
#include "meta/store.h"
#include "meta/workspaces.h"
#include "temporary_home.h"

namespace tarn::app {
namespace {

using testing::HasSubstr;

class GateWalk : public TemporaryHome {
 protected:
  // The token of a principal with these roles on the workspace.
  std::string token_of(const std::string& name, const std::vector<std::string>& roles) {
    const auto store = meta::Store::open(instance_->home().store().string());
    const std::string workspace = meta::ensure_workspace(*store, "main");
    identity::Authority authority(*store, workspace);
    identity::Tokens tokens(*store, workspace, authority, instance_->home().folder());
    const auto owner = authority.owner();
    const auto principal = authority.create_principal(name, identity::PrincipalKind::kService);
    for (const auto& role : roles)
      authority.grant(owner, principal.id, role, identity::Scope::workspace());
    return tokens.issue_token(owner, principal.id, 3600);
  }

  // A token that opens SQL sessions and allows nothing else.
  std::string token_that_connects_only() {
    const auto store = meta::Store::open(instance_->home().store().string());
    const std::string workspace = meta::ensure_workspace(*store, "main");
    identity::Authority authority(*store, workspace);
    identity::Tokens tokens(*store, workspace, authority, instance_->home().folder());
    return tokens.issue_run_token(
        authority.owner(),
        {.run_id = "r", .actions = {std::string(identity::actions::kSqlConnect)}, .scopes = {"/"}});
  }

  static router::Headers bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
  }

  // A path of the route, with a plausible text for each parameter.
  static std::string target_of(const router::Route& route) {
    std::string path;
    for (std::size_t at = 0; at < route.pattern.size();) {
      const std::size_t open = route.pattern.find('{', at);
      path += route.pattern.substr(at, open - at);
      if (open == std::string::npos) break;
      const std::size_t close = route.pattern.find('}', open);
      const std::string name = route.pattern.substr(open + 1, close - open - 1);
      path += name == "path..."     ? "files/data/x.csv"
              : name == "name"      ? "default.x"
              : name == "account"   ? "contoso"
              : name == "container" ? "files"
                                    : "x";
      at = close + 1;
    }
    for (const auto& [name, value] : route.variant.query) {
      path += (path.find('?') == std::string::npos ? '?' : '&') + name + '=';
      path += value.empty() ? "1" : value;
    }
    return path;
  }
};

TEST_F(GateWalk, EveryRouteHasAnActionThatIsKnown) {
  for (const auto& route : instance_->router().routes()) {
    EXPECT_FALSE(route.action.empty()) << route.pattern;
    if (route.action == router::kPublicAction) {
      EXPECT_THAT(route.pattern, testing::AnyOf("/healthz", "/readyz", "/health", "/version",
                                                "/api/3.0/mlflow/server-info",
                                                "/ajax-api/3.0/mlflow/server-info"));
    } else {
      EXPECT_TRUE(identity::is_action(route.action))
          << route.pattern << " has the action " << route.action;
    }
  }
}

TEST_F(GateWalk, NobodyWithoutARoleGetsThroughAnyRoute) {
  const auto headers = bearer(token_of("nobody", {}));
  int refused = 0;
  for (const auto& route : instance_->router().routes()) {
    if (route.action == router::kPublicAction) continue;
    auto all = headers;
    for (const auto& name : route.variant.headers) all.add(name, "x");
    const auto response = send(route.method, target_of(route), "{}", all);
    EXPECT_EQ(response.status, 403)
        << route.method << ' ' << target_of(route) << ": " << response.body;
    ++refused;
  }
  EXPECT_GT(refused, 25);
}

TEST_F(GateWalk, AWrongTokenIsNobody) {
  for (const char* header : {"Bearer tarn_0000", "Bearer ", "Basic abc", "nonsense"}) {
    EXPECT_EQ(send("GET", "/tables", {}, {{"Authorization", header}}).status, 401) << header;
  }
}

TEST_F(GateWalk, EveryKindOfStatementAsksForItsRight) {
  for (const char* batch : {"CREATE TABLE dbo.t (a int)", "CREATE PROCEDURE dbo.p AS SELECT 1",
                            "CREATE VIEW dbo.v AS SELECT 1 AS a"}) {
    ASSERT_EQ(sql(batch).status, 200) << batch << sql(batch).body;
  }
  ASSERT_EQ(send("PUT", "/lake/paths/files/x.csv", "a\n1\n").status, 201);
  const auto headers = bearer(token_that_connects_only());
  ASSERT_EQ(sql("DECLARE @a int = 1; SELECT @a AS a", headers).status, 200);
  const char* const statements[] = {
      "SELECT * FROM dbo.t",
      "SELECT * FROM dbo.v",
      "SELECT * FROM OPENROWSET(BULK 'files/x.csv', FORMAT = 'CSV', HEADER_ROW = TRUE) AS r",
      "INSERT INTO dbo.t VALUES (1)",
      "COPY INTO dbo.t FROM 'files/x.csv' WITH (FILE_TYPE = 'CSV', FIRSTROW = 2)",
      "EXEC dbo.p",
      "CREATE DATABASE d",
      "DROP DATABASE d",
      "CREATE SCHEMA s",
      "CREATE TABLE dbo.u (a int)",
      "CREATE TABLE dbo.u AS SELECT 1 AS a",
      "DROP TABLE dbo.t",
      "CREATE VIEW dbo.w AS SELECT 1 AS a",
      "ALTER VIEW dbo.v AS SELECT 2 AS a",
      "DROP VIEW dbo.v",
      "CREATE PROCEDURE dbo.q AS SELECT 1",
      "ALTER PROCEDURE dbo.p AS SELECT 2",
      "DROP PROCEDURE dbo.p",
      "TRUNCATE TABLE dbo.t",
      "DELETE FROM dbo.t",
      "UPDATE dbo.t SET a = 2",
  };
  for (const char* statement : statements) {
    EXPECT_EQ(sql(statement, headers).status, 403) << statement;
  }
  // Nothing of it happened.
  EXPECT_EQ(sql("SELECT * FROM dbo.t").status, 200);
  EXPECT_EQ(sql("EXEC dbo.p").status, 200);
}

TEST_F(GateWalk, AReaderReadsAndDoesNotWrite) {
  const auto headers = bearer(token_of("reader", {"reader"}));
  ASSERT_EQ(sql("CREATE TABLE dbo.t (a int)").status, 200);
  EXPECT_EQ(sql("SELECT * FROM dbo.t", headers).status, 200);
  EXPECT_EQ(send("GET", "/tables", {}, headers).status, 200);
  const auto refused = sql("INSERT INTO dbo.t VALUES (1)", headers);
  EXPECT_EQ(refused.status, 403) << refused.body;
  EXPECT_THAT(refused.body, HasSubstr("229"));
  EXPECT_EQ(send("PUT", "/lake/paths/files/x.csv", "x", headers).status, 403);
  EXPECT_EQ(send("DELETE", "/lake/paths/files/x.csv", {}, headers).status, 403);
}

TEST_F(GateWalk, DenialsAndChangesAreInTheAuditLog) {
  const auto headers = bearer(token_of("nobody", {}));
  send("PUT", "/lake/paths/files/x.csv", "x", headers);
  send("PUT", "/lake/paths/files/y.csv", "y");
  const Json log = Json::parse(send("GET", "/audit").body);
  std::vector<std::string> lines;
  for (const auto& entry : log["entries"]) {
    lines.push_back(entry.value("principal", "") + ' ' + entry.value("action", "") + ' ' +
                    entry.value("scope", "") + ' ' + entry.value("outcome", ""));
  }
  EXPECT_THAT(lines, testing::Contains("nobody lake/files/write /containers/files/x.csv denied"));
  EXPECT_THAT(lines, testing::Contains(
                         testing::HasSubstr("lake/files/write /containers/files/y.csv allowed")));
}

// -- The trust rule: who is the owner without a token
// -----------------------------------------------------------------

class TrustRule : public TemporaryHome {
 protected:
  int status_for(const router::Peer& peer, const router::Headers& headers) {
    router::Request request;
    request.target = "/tables";
    request.peer = peer;
    request.headers = headers;
    return dispatch(request).status;
  }

  router::Peer tcp(std::optional<uid_t> uid) {
    return {.kind = router::Peer::Kind::kTcp,
            .uid = uid,
            .loopback = true,
            .address = "127.0.0.1:50000",
            .local_port = 7420};
  }
};

TEST_F(TrustRule, OwnUserOverLoopbackOnly) {
  const router::Headers host{{"Host", "127.0.0.1:7420"}};
  EXPECT_EQ(status_for(tcp(geteuid()), host), 200);
  EXPECT_EQ(status_for(tcp(geteuid() + 1), host), 401) << "another user of the machine";
  EXPECT_EQ(status_for(tcp({}), host), 401) << "a socket whose client has exited belongs to nobody";
  router::Peer remote = tcp(geteuid());
  remote.loopback = false;
  EXPECT_EQ(status_for(remote, host), 401);
}

TEST_F(TrustRule, NoOtherPageOrProxySpeaks) {
  const auto with = [](std::initializer_list<std::pair<std::string, std::string>> more) {
    router::Headers headers{{"Host", "127.0.0.1:7420"}};
    for (const auto& [name, value] : more) headers.set(name, value);
    return headers;
  };
  EXPECT_EQ(status_for(tcp(geteuid()), with({{"Origin", "http://127.0.0.1:7420"}})), 200);
  EXPECT_EQ(status_for(tcp(geteuid()), with({{"Host", "evil.example:7420"}})), 401)
      << "DNS rebinding";
  EXPECT_EQ(status_for(tcp(geteuid()), with({{"Origin", "http://evil.example"}})), 401);
  EXPECT_EQ(status_for(tcp(geteuid()), with({{"Origin", "null"}})), 401);
  EXPECT_EQ(status_for(tcp(geteuid()), with({{"Sec-Fetch-Site", "cross-site"}})), 401);
  EXPECT_EQ(status_for(tcp(geteuid()), with({{"X-Forwarded-For", "10.0.0.1"}})), 401);
}

TEST_F(TrustRule, UnixSocketsGoByTheirUser) {
  router::Peer peer{.kind = router::Peer::Kind::kUnixSocket, .uid = geteuid(), .address = "unix"};
  EXPECT_EQ(status_for(peer, {}), 200);
  peer.uid = geteuid() + 1;
  EXPECT_EQ(status_for(peer, {}), 401);
  peer.uid.reset();
  EXPECT_EQ(status_for(peer, {}), 401);
}

}  // namespace
}  // namespace tarn::app
