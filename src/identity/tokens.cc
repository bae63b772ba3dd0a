#include "identity/tokens.h"

#include <sys/stat.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"
#include "detail/private_file.h"

namespace tarn::identity {

namespace {

using meta::Transaction;

constexpr std::string_view kPrefix = "tarn_";
constexpr std::size_t kTokenTextBytes = kPrefix.size() + 2 * kTokenBytes;
constexpr std::size_t kListMax = 256;  // actions or scopes of one token

std::string new_token() { return std::string(kPrefix) + random_hex(kTokenBytes); }

[[noreturn]] void throw_unknown() {
  throw Error(Code::kUnauthenticated, "The bearer token is wrong, or no longer valid.",
              "The owner's token lies in the home's run/token; a run's token ends with the run.");
}

std::string json_list(const std::vector<std::string>& list) {
  Json array = Json::array();
  for (const std::string& item : list) array.push_back(item);
  return array.dump();
}

std::vector<std::string> parse_list(const std::optional<std::string>& text) {
  std::vector<std::string> list;
  if (!text) return list;
  for (const Json& item : parse_json(*text)) list.push_back(item.get<std::string>());
  return list;
}

void check_pattern(const std::string& pattern) {
  for (const Action action : all_actions()) {
    if (covers(pattern, action)) return;
  }
  throw Error(Code::kInvalidArgument,
              "No action is covered by the pattern: " + pattern.substr(0, 80) + ".");
}

void check_spec(const RunTokenSpec& spec) {
  if (spec.run_id.empty()) throw Error(Code::kInvalidArgument, "A run's token names its run.");
  const auto fits = [](std::size_t count) { return count >= 1 && count <= kListMax; };
  if (!fits(spec.actions.size()) || !fits(spec.scopes.size())) {
    throw Error(Code::kInvalidArgument, "A run's token lists 1 to " + std::to_string(kListMax) +
                                            " actions and as many scopes.");
  }
  for (const std::string& pattern : spec.actions) check_pattern(pattern);
  for (const std::string& scope : spec.scopes) Scope::parse(scope);
}

void check_lifetime(double lifetime_s, double max_s) {
  if (lifetime_s > 0 && lifetime_s <= max_s) return;
  throw Error(Code::kInvalidArgument, "A token lives for more than 0 and at most " +
                                          std::to_string(static_cast<std::int64_t>(max_s)) +
                                          " seconds.");
}

Micros after(Micros now, double seconds) { return now + static_cast<Micros>(seconds * 1e6); }

}  // namespace

bool equal_in_constant_time(std::string_view given, std::string_view expected) {
  unsigned difference = given.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = expected.empty() ? '\0' : expected[i % expected.size()];
    difference |= static_cast<unsigned>(static_cast<unsigned char>(given[i] ^ other));
  }
  return difference == 0;
}

std::string owner_token(const std::filesystem::path& home) {
  const std::filesystem::path folder = home / "run";
  std::error_code ignored;
  std::filesystem::create_directories(home, ignored);
  ::mkdir(folder.c_str(), 0700);
  const std::string content =
      detail::read_or_make_private(folder / "token", [] { return new_token() + "\n"; });
  const std::string token(trim(content));
  if (token.size() != kTokenTextBytes || !token.starts_with(kPrefix)) {
    throw Error(Code::kDataLoss,
                "The token file holds no token: " + (folder / "token").string() + ".",
                "Remove it; a new one is made.");
  }
  return token;
}

Tokens::Tokens(meta::Store& store, std::string workspace_id, Authority& authority,
               std::filesystem::path home, const Clock& clock)
    : store_(store),
      workspace_id_(std::move(workspace_id)),
      authority_(authority),
      home_(std::move(home)),
      clock_(clock) {}

Principal Tokens::authenticate(std::string_view token) {
  if (token.size() != kTokenTextBytes || !token.starts_with(kPrefix)) throw_unknown();
  if (equal_in_constant_time(token, owner_token(home_))) return authority_.owner();
  // Looked up by its hash: what the index's timing could tell is the hash, not the token.
  const std::string hash = sha256_hex(token);
  const auto row = store_.read([&](Transaction& tx) {
    return tx.query_one(
        "SELECT t.principal_id, t.run_id, t.actions, t.scopes, t.expires_at, p.kind, p.name "
        "FROM tokens t JOIN principals p ON p.workspace_id = t.workspace_id AND "
        "p.principal_id = t.principal_id WHERE t.workspace_id = $1 AND t.token_hash = $2",
        workspace_id_, hash);
  });
  if (!row || row->int64(4) <= clock_.now()) throw_unknown();
  Principal principal;
  principal.id = row->text(0);
  principal.kind = row->text(5) == "service" ? PrincipalKind::kService : PrincipalKind::kUser;
  principal.name = row->text(6);
  principal.token_actions = parse_list(row->optional_text(2));
  principal.token_scopes = parse_list(row->optional_text(3));
  if (const auto run_id = row->optional_text(1)) {
    principal.kind = PrincipalKind::kRun;
    principal.name = "run " + *run_id + " of " + principal.name;
    principal.run_id = *run_id;
  }
  return principal;
}

std::string Tokens::issue_run_token(const Principal& submitter, const RunTokenSpec& spec) {
  check_spec(spec);
  check_lifetime(spec.lifetime_s, kRunTokenLifetimeMax_s);
  if (submitter.id.empty())
    throw Error(Code::kUnauthenticated, "A run is submitted by somebody that we know.");
  const std::string token = new_token();
  const Micros now = clock_.now();
  store_.write([&](Transaction& tx) {
    tx.execute("DELETE FROM tokens WHERE workspace_id = $1 AND expires_at <= $2", workspace_id_,
               now);
    tx.execute(
        "INSERT INTO tokens (workspace_id, token_hash, token_id, principal_id, run_id, actions, "
        "scopes, "
        "created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        workspace_id_, sha256_hex(token), new_id(), submitter.id, spec.run_id,
        json_list(spec.actions), json_list(spec.scopes), now, after(now, spec.lifetime_s));
  });
  return token;
}

int Tokens::revoke_run_tokens(std::string_view run_id) {
  return static_cast<int>(store_.write([&](Transaction& tx) {
    return tx.execute("DELETE FROM tokens WHERE workspace_id = $1 AND run_id = $2", workspace_id_,
                      run_id);
  }));
}

std::string Tokens::issue_token(const Principal& by, std::string_view principal_id,
                                double lifetime_s) {
  check_lifetime(lifetime_s, kTokenLifetimeMax_s);
  authority_.principal(principal_id);
  const std::string token = new_token();
  const Micros now = clock_.now();
  store_.write([&](Transaction& tx) {
    tx.execute(
        "INSERT INTO tokens (workspace_id, token_hash, token_id, principal_id, created_at, "
        "expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6)",
        workspace_id_, sha256_hex(token), new_id(), principal_id, now, after(now, lifetime_s));
    const std::string details = "issue a token for " + std::string(principal_id);
    authority_.audit(tx, by, actions::kTokensWrite, Scope::workspace(), Outcome::kAllowed,
                     {.request_id = {}, .details = details});
  });
  return token;
}

}  // namespace tarn::identity
