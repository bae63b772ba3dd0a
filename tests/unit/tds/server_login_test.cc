#include <gmock/gmock.h>
#include <openssl/ssl.h>

#include "server_fixture.h"

namespace tarn::tds {
namespace {

using testing::HasSubstr;

TEST(SignIn, TellsTheSessionWhatTheClientSays) {
  TestServer server;
  Wire wire(server.port());
  const auto answer =
      wire.sign_in(2, {.packet_bytes = 8000, .type_flags = 0x20, .database = "dæta"});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->type, 4);
  EXPECT_TRUE(ends_with_done(*answer, 0));
  const Login login = server.seen().login();
  EXPECT_EQ(login.version, Version::k74);
  EXPECT_EQ(login.user, "sa");
  EXPECT_EQ(login.password, "pässword");
  EXPECT_EQ(login.application, "test");
  EXPECT_EQ(login.host, "host");
  EXPECT_EQ(login.server, "server");
  EXPECT_EQ(login.library, "library");
  EXPECT_EQ(login.database, "dæta");
  EXPECT_EQ(login.packet_bytes, 8000U);
  EXPECT_TRUE(login.read_only);
  EXPECT_FALSE(login.encrypted);
  EXPECT_TRUE(login.peer.loopback);
  EXPECT_TRUE(says(*answer, "8000"));
}

TEST(SignIn, EncryptsAsTheClientWishes) {
  TestServer server;
  for (const int encryption : {0, 1, 3}) {
    Wire wire(server.port());
    const auto answer = wire.sign_in(encryption);
    ASSERT_TRUE(answer) << encryption;
    EXPECT_TRUE(ends_with_done(*answer, 0));
    EXPECT_EQ(wire.tls_version(), TLS1_2_VERSION);
    EXPECT_TRUE(server.seen().login().encrypted);
    // Required becomes on.
    EXPECT_THAT(wire.prelogin_answer()->body,
                HasSubstr(std::string(1, static_cast<char>(encryption == 3 ? 1 : encryption))));
    // With "off" only the login was encrypted.
    wire.batch("héllo");
    const auto echoed = wire.read();
    ASSERT_TRUE(echoed) << encryption;
    EXPECT_TRUE(says(*echoed, "héllo"));
  }
}

TEST(SignIn, StrictConnectionsBeginWithTls) {
  TestServer server;
  Wire wire(server.port());
  ASSERT_TRUE(wire.start_tls(true));
  EXPECT_EQ(wire.tls_version(), TLS1_3_VERSION);
  wire.send(packet(0x12, prelogin(2)));
  ASSERT_TRUE(wire.read());
  wire.send(packet(0x10, login7({.version = 0x08000000})));
  const auto answer = wire.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(server.seen().login().version, Version::k80);
  EXPECT_TRUE(server.seen().login().encrypted);
  wire.batch("inside");
  const auto echoed = wire.read();
  ASSERT_TRUE(echoed);
  EXPECT_TRUE(says(*echoed, "inside"));
}

TEST(SignIn, ClientsWithoutAGreetingComeIn) {
  TestServer server;
  Wire wire(server.port());
  wire.send(packet(0x10, login7({})));
  const auto answer = wire.read();
  ASSERT_TRUE(answer);
  EXPECT_TRUE(ends_with_done(*answer, 0));
}

TEST(SignIn, SpeaksTheVersionThatIsAskedFor) {
  TestServer server;
  const std::vector<std::pair<std::uint32_t, Version>> versions = {
      {0x71000001, Version::k71},  {0x72090002, Version::k72}, {0x730A0003, Version::k73a},
      {0x730B0003, Version::k73b}, {0x74000004, Version::k74}, {0x75000000, Version::k74}};
  for (const auto& [number, version] : versions) {
    Wire wire(server.port());
    ASSERT_TRUE(wire.sign_in(2, {.version = number})) << number;
    EXPECT_EQ(server.seen().login().version, version) << number;
  }
}

TEST(SignIn, PacketSizesAreClamped) {
  TestServer server;
  for (const auto& [asked, agreed] : std::vector<std::pair<std::uint32_t, std::size_t>>{
           {0, 4096}, {1, 512}, {512, 512}, {32767, 32767}, {1'000'000, 32767}}) {
    Wire wire(server.port());
    ASSERT_TRUE(wire.sign_in(2, {.packet_bytes = asked}));
    EXPECT_EQ(server.seen().login().packet_bytes, agreed);
    wire.batch("many 100");
    const auto answer = wire.read();
    ASSERT_TRUE(answer);
    for (const std::size_t bytes : answer->packets) EXPECT_LE(bytes, agreed);
  }
}

TEST(SignIn, FeaturesAreAcknowledgedOrPassedOver) {
  TestServer server;
  std::string token;
  detail::put(token, std::uint32_t{12});
  token += utf16("tarn_1");
  const std::string features = feature(0x01, "session") + feature(0x02, "\x03" + token) +
                               feature(0x04, "\1") + feature(0x0A, {}) + '\xFF';
  Wire wire(server.port());
  const auto answer = wire.sign_in(1, {.features = features}, true);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(ends_with_done(*answer, 0));
  EXPECT_EQ(server.seen().login().access_token, "tarn_1");
  EXPECT_TRUE(server.seen().login().utf8);
  using namespace std::string_literals;
  EXPECT_THAT(answer->body, HasSubstr("\xAE\x02\0\0\0\0\x0A\x01\0\0\0\x01\xFF"s));
}

struct Refusal {
  LoginText login;
  int number;
  std::string text;
};

TEST(SignIn, RefusesByName) {
  TestServer server;
  const std::vector<Refusal> refusals = {
      {{.version = 0x70000000}, 18456, "before 7.1"},
      {{.flags2 = 0x80}, 18452, "Integrated authentication"},
      {{.flags3 = 0x01}, 18456, "password cannot be changed"},
      {{.flags3 = 0x04}, 18456, "no user instances"},
      {{.features = feature(0x02, "\x04\x01") + '\xFF'}, 18456, "FEDAUTHINFO"},
      {{.features = feature(0x02, "\x02") + '\xFF'}, 4002, "ends too early"},
      {{.user = "nobody"}, 18456, "Login failed for user 'nobody'."},
  };
  for (const Refusal& refusal : refusals) {
    Wire wire(server.port());
    const auto answer = wire.sign_in(2, refusal.login);
    ASSERT_TRUE(answer) << refusal.text;
    EXPECT_EQ(error_number(*answer), refusal.number) << refusal.text;
    EXPECT_TRUE(says(*answer, refusal.text)) << refusal.text;
    EXPECT_TRUE(wire.socket().ends_within(10));
  }
}

TEST(SignIn, FederatedLoginsEchoWhatTheyWereTold) {
  TestServer server;
  std::string token;
  detail::put(token, std::uint32_t{2});
  token += utf16("t");
  Wire wire(server.port());
  const auto answer = wire.sign_in(1, {.features = feature(0x02, "\x03" + token) + '\xFF'}, false);
  ASSERT_TRUE(answer);
  EXPECT_EQ(error_number(*answer), 4002);
}

TEST(SignIn, BytesThatAreNoLoginEndTheConnection) {
  TestServer server;
  std::string outside = login7({});
  outside[36] = '\x7F';  // where the host's name lies
  outside[37] = '\x7F';
  const std::vector<std::string> broken = {
      "GET / HTTP/1.1\r\n\r\n",
      packet(0x01, all_headers(0)),              // a batch before the login
      packet(0x12, "\x01\x7F\x7F\x00\x01\xFF"),  // an option outside of the message
      packet(0x12, "\x01"),
      packet(0x02, std::string(100, 'x')),                   // TDS 4.2
      std::string("\x12\x01\x00\x07\x00\x00\x01\x00", 8),    // shorter than its header
      std::string("\x12\x01\x20\x00\x00\x00\x01\x00", 8),    // longer than 4096
      packet(0x12, prelogin(1)) + packet(0x10, login7({})),  // no TLS where it is agreed
      packet(0x12, prelogin(2)) + packet(0x12, prelogin(2)),
      std::string("\x16\x03\x01\x00\x05hello", 10),
  };
  for (const std::string& bytes : broken) {
    Wire wire(server.port());
    wire.send(bytes);
    EXPECT_TRUE(wire.socket().ends_within(10)) << testing::PrintToString(bytes);
  }
  for (const std::string& body : {outside, login7({}).substr(0, 60), std::string(3, 'x')}) {
    Wire wire(server.port());
    wire.send(packet(0x10, body));
    const auto answer = wire.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(error_number(*answer), 4002);
    EXPECT_TRUE(wire.socket().ends_within(10));
  }
  EXPECT_TRUE(server.seen().logins.empty());
}

TEST(SignIn, TakesItsTimeAtMost) {
  TestServer server({.login_timeout_s = 0.2});
  Wire silent(server.port());
  EXPECT_TRUE(silent.socket().ends_within(10));
  Wire halfway(server.port());
  halfway.send(packet(0x12, prelogin(2)));
  ASSERT_TRUE(halfway.read());
  halfway.send("\x10");
  EXPECT_TRUE(halfway.socket().ends_within(10));
}

TEST(SignIn, ConnectionsOverTheLimitAreTold) {
  TestServer server({.connections_max = 1});
  Wire first(server.port());
  ASSERT_TRUE(first.sign_in(2));
  Wire second(server.port());
  const auto answer = second.sign_in(1);
  ASSERT_TRUE(answer);
  EXPECT_EQ(error_number(*answer), 10928);
  EXPECT_TRUE(second.socket().ends_within(10));
}

TEST(Certificate, IsMadeOnceAndKept) {
  char pattern[] = "/tmp/tarn-tls-XXXXXX";
  const std::filesystem::path folder = std::filesystem::path(mkdtemp(pattern)) / "tls";
  const Identity made = ensure_identity(folder);
  EXPECT_THAT(made.certificate, HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_EQ(ensure_identity(folder).certificate, made.certificate);
  const auto mode = std::filesystem::status(folder / "server.key").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::remove(folder / "server.key");
  EXPECT_THROW(ensure_identity(folder), Error);
  std::filesystem::remove_all(folder.parent_path());
}

TEST(Certificate, WithoutItsKeyIsRefused) {
  const auto sign_in = [](const Login&, Response&) { return std::unique_ptr<Session>(); };
  EXPECT_THROW(Server({}, sign_in, {.certificate = "no", .private_key = "no"}), Error);
  EXPECT_THROW(Server({}, sign_in,
                      {.certificate = test_identity().certificate,
                       .private_key = make_identity({"other"}).private_key}),
               Error);
}

}  // namespace
}  // namespace tarn::tds
