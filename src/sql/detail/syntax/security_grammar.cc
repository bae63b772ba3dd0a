// Logins, the users of a database, and the members of its roles.

#include "base/text.h"
#include "detail/syntax/grammar.h"
#include "detail/syntax/syntax_error.h"

namespace tarn::sql {

std::optional<ast::StatementNode> Grammar::security_statement() {
  if (at_words({"CREATE", "LOGIN"})) return create_login();
  if (at_words({"ALTER", "LOGIN"})) return alter_login();
  if (at_words({"CREATE", "USER"})) return create_user();
  if (at_words({"ALTER", "ROLE"})) return alter_role();
  if (at_words({"DROP", "LOGIN"})) {
    take();
    take();
    ast::LoginStatement login;
    login.action = ast::LoginStatement::Action::kDrop;
    login.name = identifier("a login");
    return login;
  }
  if (at_words({"DROP", "USER"})) {
    take();
    take();
    ast::UserStatement user;
    user.drop = true;
    user.if_exists = accept_words({"IF", "EXISTS"});
    user.name = identifier("a user");
    return user;
  }
  return std::nullopt;
}

/// One of WITH …; what is not here is returned by its name.
std::string Grammar::login_option(ast::LoginStatement& login) {
  if (accept_word("PASSWORD")) {
    expect_symbol("=");
    if (peek().kind == TokenKind::kBinary) return "a password's hash";
    login.password = string_literal("a password");
    if (accept_word("HASHED")) return "a password's hash";
    if (accept_word("MUST_CHANGE")) return "MUST_CHANGE";
    // ALTER LOGIN has it behind a blank, without a comma.
    if (accept_word("OLD_PASSWORD")) {
      expect_symbol("=");
      login.old_password = string_literal("a password");
    }
    if (accept_word("UNLOCK")) return "UNLOCK";
    return {};
  }
  if (peek().kind != TokenKind::kWord) fail("PASSWORD");
  const std::string name = peek().upper;
  option();
  return name;
}

ast::StatementNode Grammar::create_login() {
  take();
  take();
  ast::LoginStatement login;
  login.name = identifier("a login");
  if (at_word("FROM")) return unsupported("CREATE LOGIN FROM " + peek(1).upper);
  expect_word("WITH");
  if (!at_word("PASSWORD")) fail("PASSWORD");
  do {
    if (const std::string other = login_option(login); !other.empty())
      return unsupported("CREATE LOGIN WITH " + other);
  } while (accept_symbol(","));
  return login;
}

ast::StatementNode Grammar::alter_login() {
  using Action = ast::LoginStatement::Action;
  take();
  take();
  ast::LoginStatement login;
  login.name = identifier("a login");
  if (accept_word("ENABLE")) {
    login.action = Action::kEnable;
    return login;
  }
  if (accept_word("DISABLE")) {
    login.action = Action::kDisable;
    return login;
  }
  if (at_word("ADD") || at_word("DROP")) return unsupported("ALTER LOGIN " + peek().upper);
  expect_word("WITH");
  login.action = Action::kSetPassword;
  do {
    if (const std::string other = login_option(login); !other.empty())
      return unsupported("ALTER LOGIN WITH " + other);
  } while (accept_symbol(","));
  return login;
}

ast::StatementNode Grammar::create_user() {
  take();
  take();
  ast::UserStatement user;
  user.name = identifier("a user");
  user.login = user.name;
  if (at_word("WITHOUT")) return unsupported("CREATE USER WITHOUT LOGIN");
  if (at_word("FOR") || at_word("FROM")) {
    if (!at_word("LOGIN", 1)) return unsupported("CREATE USER FROM " + peek(1).upper);
    take();
    take();
    user.login = identifier("a login");
  }
  if (accept_word("WITH")) {
    if (!at_word("DEFAULT_SCHEMA")) return unsupported("CREATE USER WITH " + peek().upper);
    take();
    expect_symbol("=");
    const ast::Identifier schema = identifier("a schema");
    if (to_lower(schema.text) != "dbo")
      return unsupported("a user's DEFAULT_SCHEMA other than dbo");
  }
  return user;
}

ast::StatementNode Grammar::alter_role() {
  take();
  take();
  ast::RoleMember change;
  change.role = identifier("a role");
  if (at_word("WITH")) return unsupported("ALTER ROLE WITH NAME");
  if (accept_word("DROP")) {
    change.drop = true;
  } else {
    expect_word("ADD");
  }
  expect_word("MEMBER");
  change.member = identifier("a user");
  return change;
}

}  // namespace tarn::sql
