// What clients call beside batches: procedures with parameters, prepared statements, API cursors,
// descriptions, transaction requests, bulk loads, reset.

#include "exec/session_fixture.h"

namespace tarn::sql {
namespace {

/// Keeps events as well.
class EventSink : public TextSink {
 public:
  void on_transaction(TransactionEvent event, std::uint64_t) override {
    constexpr const char* kNames[] = {"begun", "committed", "rolled back"};
    lines.push_back(std::string("<") + kNames[static_cast<int>(event)] + ">");
  }
};

class ClientCallsTest : public SessionTest {
 protected:
  /// The output; parameters keep what came back.
  std::string call(const std::string& procedure, std::vector<Parameter> parameters) {
    EventSink sink;
    given_ = std::move(parameters);
    code_ = session_->call(procedure, given_, sink);
    types_ = sink.types;
    return join(sink.lines, "\n");
  }
  int call_error(const std::string& procedure, std::vector<Parameter> parameters) {
    try {
      call(procedure, std::move(parameters));
    } catch (const Error& error) {
      last_error_ = std::make_unique<Error>(error);
      return error.sql() ? error.sql()->number : -1;
    }
    return 0;
  }
  static Parameter text(std::string value) {
    return {.type = "nvarchar(4000)", .value = std::move(value)};
  }
  static Parameter number(std::optional<std::string> value) {
    return {.type = "int", .value = std::move(value)};
  }
  static Parameter out(std::optional<std::string> value = {}) {
    return {.type = "int", .value = std::move(value), .output = true};
  }
  static Parameter named(std::string name, Parameter parameter) {
    parameter.name = std::move(name);
    return parameter;
  }
  std::string transact(TransactionCommand::Kind kind, std::string name = {}, bool another = false) {
    EventSink sink;
    session_->transact({.kind = kind, .name = std::move(name), .begins_another = another}, sink);
    return join(sink.lines, "\n");
  }

  std::vector<Parameter> given_;
  std::optional<int> code_;
};

TEST_F(ClientCallsTest, ProceduresByNameAndPlace) {
  run("CREATE PROCEDURE dbo.add_up @a int, @b int = 5, @sum int OUTPUT AS BEGIN SELECT @a AS a; "
      "SET @sum = @a + @b; RETURN 7 END");
  EXPECT_EQ(call("add_up", {number("1"), number("2"), out()}), "a\n1");
  EXPECT_EQ(given_[2].value, "3");
  EXPECT_EQ(code_, 7);
  EXPECT_EQ(call("[dbo].[add_up]", {named("@sum", out()), named("@a", number("10"))}), "a\n10");
  EXPECT_EQ(given_[0].value, "15");
  Parameter standard = number({});
  standard.use_default = true;
  EXPECT_EQ(call("dbo.add_up", {number("1"), standard, out("0")}), "a\n1");
  EXPECT_EQ(given_[2].value, "6");
  EXPECT_EQ(call_error("add_up", {number("1")}), 201);
  EXPECT_EQ(call_error("add_up", {number("1"), number("1"), number("1"), number("1")}), 8144);
  EXPECT_EQ(call_error("add_up", {named("nope", number("1"))}), 8145);
  EXPECT_EQ(call_error("no_such", {}), 2812);
}

TEST_F(ClientCallsTest, ParametersOfEachType) {
  const auto echo = [&](const std::string& type, const std::string& value) {
    Parameter result{.type = type, .value = {}, .output = true};
    call("sp_executesql", {text("SET @out = @in"),
                           text("@in " + type + ", @out " + type + " OUTPUT"),
                           {.type = type, .value = value},
                           result});
    return given_[3].value.value_or("NULL");
  };
  EXPECT_EQ(echo("bit", "1"), "1");
  EXPECT_EQ(echo("tinyint", "255"), "255");
  EXPECT_EQ(echo("bigint", "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(echo("decimal(38,10)", "-1234567890123456789012345678.0123456789"),
            "-1234567890123456789012345678.0123456789");
  EXPECT_EQ(echo("money", "922337203685477.5807"), "922337203685477.5807");
  EXPECT_EQ(echo("float", "1.5E+308"), "1.5E+308");
  EXPECT_EQ(echo("date", "0001-01-01"), "0001-01-01");
  EXPECT_EQ(echo("time(3)", "12:30:00.123"), "12:30:00.123");
  EXPECT_EQ(echo("datetime", "2024-01-31 12:30:00.123"), "2024-01-31 12:30:00.123");
  EXPECT_EQ(echo("datetimeoffset(0)", "2024-01-31 12:30:00+01:00"), "2024-01-31 12:30:00+01:00");
  EXPECT_EQ(echo("nvarchar(10)", "\xC3\xA4\xF0\x9F\x98\x80'"), "\xC3\xA4\xF0\x9F\x98\x80'");
  EXPECT_EQ(echo("char(4)", "ab"), "ab  ");
  EXPECT_EQ(echo("varbinary(4)", std::string("\0\xFF", 2)), std::string("\0\xFF", 2));
  EXPECT_EQ(echo("uniqueidentifier", "6F9619FF-8B86-D011-B42D-00C04FC964FF"),
            "6F9619FF-8B86-D011-B42D-00C04FC964FF");
}

TEST_F(ClientCallsTest, PreparedStatements) {
  EXPECT_EQ(call("sp_prepare", {out(), text("@p int"), text("SELECT @p + 1 AS n"), number("1")}),
            "n");
  const auto handle = given_[0].value;
  ASSERT_TRUE(handle);
  EXPECT_EQ(call("sp_execute", {number(handle), number("1")}), "n\n2");
  EXPECT_EQ(call("sp_execute", {number(handle), named("@p", number("41"))}), "n\n42");
  EXPECT_EQ(call_error("sp_execute", {number(handle)}), 8178);
  EXPECT_EQ(call("sp_unprepare", {number(handle)}), "");
  EXPECT_EQ(call_error("sp_execute", {number(handle), number("1")}), 8179);
  EXPECT_EQ(call_error("sp_unprepare", {number("77")}), 8179);
  EXPECT_STREQ(last_error_->what(), "Could not find prepared statement with handle 77.");

  EXPECT_EQ(call("sp_prepexec", {out(), text("@p int"), text("SELECT @p AS p"), number("5")}),
            "p\n5");
  const auto second = given_[0].value;
  EXPECT_EQ(
      call("sp_prepexec", {out(second), text("@p int"), text("SELECT -@p AS q"), number("5")}),
      "q\n-5");
  EXPECT_EQ(call_error("sp_execute", {number(second), number("1")}), 8179);
  EXPECT_EQ(call_error("sp_prepare", {out(), text(""), text("SELECT FROM")}), 8180);
  EXPECT_EQ(call_error("sp_prepare", {out(), text(""), text("SELECT x FROM nowhere")}), 8180);
  EXPECT_EQ(last_error_->message(), "Statement(s) could not be prepared.");
  EXPECT_EQ(call_error("sp_prepexec", {out(), text(""), text("SELECT x FROM nowhere")}), 8180);
  EXPECT_EQ(given_[0].value, "0");
  EXPECT_EQ(call_error("sp_prepexec", {out(), text(""), text("SELECT 1 / 0")}), 8134);
  EXPECT_EQ(
      run("BEGIN TRY DECLARE @h int; EXEC sp_prepexec @h OUTPUT, N'', N'SELECT x FROM nowhere'"
          " END TRY BEGIN CATCH SELECT ERROR_NUMBER() AS n END CATCH"),
      "n\n8180");

  run("CREATE PROCEDURE twice @a int, @b int OUTPUT AS SET @b = @a * 2");
  EXPECT_EQ(call("sp_prepexecrpc", {out(), text("{call twice(?, ?)}"), number("4"), out()}), "");
  EXPECT_EQ(given_[3].value, "8");
  const auto third = given_[0].value;
  EXPECT_EQ(call("sp_execute", {number(third), number("5"), out()}), "");
  EXPECT_EQ(given_[2].value, "10");
}

TEST_F(ClientCallsTest, PreparedStatementsInText) {
  EXPECT_EQ(run("DECLARE @h int; EXEC sp_prepare @h OUTPUT, N'@p int', N'SELECT @p * 2 AS d'; "
                "EXEC sp_execute @h, 21; EXEC sp_unprepare @h"),
            "d\n42");
  EXPECT_EQ(run("EXEC sp_describe_first_result_set N'SELECT 1 AS one, N''x'' AS x'").substr(0, 30),
            "is_hidden|column_ordinal|name|");
}

TEST_F(ClientCallsTest, ATextThatCallsItselfHasATreeOfItsOwn) {
  run("CREATE PROCEDURE down @n int AS BEGIN IF @n > 0 BEGIN SET @n -= 1; EXEC down @n END; "
      "PRINT @n END");
  EXPECT_EQ(run("EXEC down 2"), "-- 0\n-- 0\n-- 1");
  EXPECT_EQ(run("EXEC down 1"), "-- 0\n-- 0");
}

TEST_F(ClientCallsTest, Descriptions) {
  run("CREATE TABLE t (id int NOT NULL, name nvarchar(20), price decimal(9,2))");
  call("sp_describe_first_result_set",
       {text("SELECT id, name FROM t WHERE id = @p"), text("@p int")});
  const std::string columns = call("sp_describe_first_result_set",
                                   {text("SELECT id, name FROM t WHERE id = @p"), text("@p int")});
  EXPECT_NE(columns.find("\n0|1|id|0|56|int|4|10|0|NULL|"), std::string::npos) << columns;
  EXPECT_NE(columns.find("\n0|2|name|1|231|nvarchar(20)|40|0|0|"), std::string::npos) << columns;
  const std::string none =
      call("sp_describe_first_result_set", {text("DECLARE @a int; SET @a = 1")});
  EXPECT_EQ(none.find('\n'), std::string::npos);
  EXPECT_EQ(call_error("sp_describe_first_result_set", {text("SELECT * FROM nowhere")}), 11501);
  EXPECT_EQ(call_error("sp_describe_undeclared_parameters", {text("SELECT * FROM nowhere")}),
            11501);
  const std::string updated = call(
      "sp_describe_first_result_set",
      {text("UPDATE t SET price = 1 OUTPUT deleted.price AS before, inserted.id WHERE id = 1")});
  EXPECT_NE(updated.find("\n0|1|before|1|106|decimal(9,2)|"), std::string::npos) << updated;
  EXPECT_NE(updated.find("\n0|2|id|0|56|int|"), std::string::npos) << updated;
  const std::string removed =
      call("sp_describe_first_result_set", {text("DELETE FROM t OUTPUT deleted.name")});
  EXPECT_NE(removed.find("\n0|1|name|1|231|nvarchar(20)|"), std::string::npos) << removed;
  const std::string merged =
      call("sp_describe_first_result_set",
           {text("MERGE t USING (VALUES (1)) s(k) ON t.id = s.k WHEN MATCHED THEN DELETE OUTPUT "
                 "$action, deleted.id;")});
  EXPECT_NE(merged.find("|nvarchar(10)|"), std::string::npos) << merged;
  EXPECT_EQ(call("sp_describe_first_result_set", {text("DELETE FROM t")}).find('\n'),
            std::string::npos);

  EXPECT_EQ(run("SELECT name, system_type_name, is_nullable FROM "
                "sys.dm_exec_describe_first_result_set(N'SELECT id, price FROM t', NULL, 0) "
                "ORDER BY column_ordinal"),
            "name|system_type_name|is_nullable\nid|int|0\nprice|decimal(9,2)|1");

  const std::string parameters =
      call("sp_describe_undeclared_parameters",
           {text("UPDATE t SET name = @n, price = @p WHERE id = @id AND name LIKE @like")});
  EXPECT_NE(parameters.find("|@n|231|nvarchar(20)|"), std::string::npos) << parameters;
  EXPECT_NE(parameters.find("|@p|106|decimal(9,2)|"), std::string::npos) << parameters;
  EXPECT_NE(parameters.find("|@id|56|int|"), std::string::npos) << parameters;
  const std::string inserted = call("sp_describe_undeclared_parameters",
                                    {text("INSERT INTO t (price, id) VALUES (@a, @b)")});
  EXPECT_NE(inserted.find("\n1|@a|106|decimal(9,2)|"), std::string::npos) << inserted;
  EXPECT_NE(inserted.find("\n2|@b|56|int|"), std::string::npos) << inserted;
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n0");
}

TEST_F(ClientCallsTest, FormatOnlyAndNoExec) {
  run("CREATE TABLE t (id int)");
  EXPECT_EQ(run("SET FMTONLY ON; INSERT INTO t VALUES (1); IF 1 = 0 SELECT id FROM t ELSE SELECT "
                "'x' AS x; SET FMTONLY OFF; SELECT COUNT(*) AS n FROM t"),
            "id\nx\nn\n0");
  EXPECT_EQ(run("SET NOEXEC ON; SELECT 1 AS a; DROP TABLE t; SET NOEXEC OFF; SELECT 2 AS b"),
            "b\n2");
}

TEST_F(ClientCallsTest, Cursors) {
  EXPECT_EQ(
      call("sp_cursoropen",
           {out(), text("SELECT n FROM (VALUES (10), (20), (30), (40), (50)) v(n) ORDER BY n"),
            out("8"), out("1"), out("0")}),
      "n|ROWSTAT");
  const auto cursor = given_[0].value;
  EXPECT_EQ(given_[2].value, "8");
  EXPECT_EQ(given_[3].value, "1");
  EXPECT_EQ(given_[4].value, "5");
  const auto fetch = [&](int type, int row, int count) {
    return call("sp_cursorfetch", {number(cursor), number(std::to_string(type)),
                                   number(std::to_string(row)), number(std::to_string(count))});
  };
  EXPECT_EQ(fetch(2, 0, 2), "n|ROWSTAT\n10|1\n20|1");
  EXPECT_EQ(fetch(2, 0, 2), "n|ROWSTAT\n30|1\n40|1");
  EXPECT_EQ(fetch(2, 0, 2), "n|ROWSTAT\n50|1");
  EXPECT_EQ(fetch(2, 0, 2), "n|ROWSTAT");
  EXPECT_EQ(fetch(4, 0, 2), "n|ROWSTAT\n40|1\n50|1");
  EXPECT_EQ(fetch(4, 0, 2), "n|ROWSTAT\n20|1\n30|1");
  EXPECT_EQ(fetch(1, 0, 1), "n|ROWSTAT\n10|1");
  EXPECT_EQ(fetch(8, 0, 2), "n|ROWSTAT\n40|1\n50|1");
  EXPECT_EQ(fetch(16, 2, 1), "n|ROWSTAT\n20|1");
  EXPECT_EQ(fetch(16, -1, 1), "n|ROWSTAT\n50|1");
  EXPECT_EQ(fetch(32, -2, 1), "n|ROWSTAT\n30|1");
  EXPECT_EQ(fetch(0x80, 0, 0), "n|ROWSTAT\n30|1");
  call("sp_cursorfetch", {number(cursor), number("256"), out("0"), out("0")});
  EXPECT_EQ(given_[2].value, "3");
  EXPECT_EQ(given_[3].value, "5");
  EXPECT_EQ(call_error("sp_cursorfetch", {number(cursor), number("64")}), 16902);
  EXPECT_EQ(call_error("sp_cursor", {number(cursor), number("1"), number("1")}), 16929);
  call("sp_cursorclose", {number(cursor)});
  EXPECT_EQ(call_error("sp_cursorfetch", {number(cursor)}), 16909);

  call("sp_cursorprepexec", {out(), out(), text("@p int"), text("SELECT @p AS p"), out("16"),
                             out("1"), out("0"), number("9")});
  const auto only = given_[1].value;
  EXPECT_EQ(call("sp_cursorfetch", {number(only), number("2"), number("0"), number("10")}),
            "p|ROWSTAT\n9|1");
  EXPECT_EQ(call_error("sp_cursorfetch", {number(only), number("4"), number("0"), number("1")}),
            16911);
}

TEST_F(ClientCallsTest, TransactionRequests) {
  using Kind = TransactionCommand::Kind;
  run("CREATE TABLE t (id int)");
  EXPECT_EQ(session_->transaction(), 0u);
  EXPECT_EQ(transact(Kind::kBegin), "<begun>");
  const std::uint64_t first = session_->transaction();
  EXPECT_NE(first, 0u);
  run("INSERT INTO t VALUES (1)");
  transact(Kind::kSave, "half");
  run("INSERT INTO t VALUES (2)");
  EXPECT_EQ(transact(Kind::kRollback, "half"), "");
  EXPECT_EQ(transact(Kind::kCommit, {}, true), "<committed>\n<begun>");
  EXPECT_NE(session_->transaction(), first);
  run("INSERT INTO t VALUES (3)");
  EXPECT_EQ(transact(Kind::kRollback), "<rolled back>");
  EXPECT_EQ(session_->transaction(), 0u);
  EXPECT_EQ(run("SELECT id FROM t"), "id\n1");
  EXPECT_THROW(transact(Kind::kCommit), Error);
  EXPECT_THROW(transact(Kind::kRollback), Error);
  EXPECT_THROW(transact(Kind::kSave, "x"), Error);
}

TEST_F(ClientCallsTest, ImplicitTransactions) {
  run("CREATE TABLE t (id int)");
  run("SET IMPLICIT_TRANSACTIONS ON");
  EXPECT_EQ(run("SELECT @@TRANCOUNT AS n"), "n\n0");
  EXPECT_EQ(run("INSERT INTO t VALUES (1); SELECT @@TRANCOUNT AS n"), "(1)\nn\n1");
  run("ROLLBACK");
  EXPECT_EQ(run("SET IMPLICIT_TRANSACTIONS OFF; SELECT COUNT(*) AS n FROM t"), "n\n0");
}

TEST_F(ClientCallsTest, Reset) {
  run("CREATE DATABASE other");
  run("USE other; CREATE TABLE #t (a int); SET NOCOUNT ON; SET XACT_ABORT ON; BEGIN TRAN; EXEC "
      "sp_set_session_context N'k', 1");
  call("sp_prepare", {out(), text(""), text("SELECT 1 AS a")});
  const auto handle = given_[0].value;
  session_->reset(false);
  EXPECT_EQ(session_->database(), "default");
  EXPECT_EQ(session_->transaction(), 0u);
  EXPECT_TRUE(session_->counts_rows());
  EXPECT_EQ(error_number("SELECT * FROM #t"), 208);
  EXPECT_EQ(call_error("sp_execute", {number(handle)}), 8179);
  EXPECT_EQ(run("SELECT SESSION_CONTEXT(N'k') AS k, @@TRANCOUNT AS n"), "k|n\nNULL|0");
  run("BEGIN TRAN");
  session_->reset(true);
  EXPECT_NE(session_->transaction(), 0u);
}

class BulkLoadTest : public ClientCallsTest {
 protected:
  struct Row {
    std::optional<int> id;
    std::optional<std::string> name;
  };
  static ResultColumn column(const char* name, const char* type) {
    ResultColumn column = described_type(type);
    column.name = name;
    return column;
  }
  std::string load(const std::vector<Row>& rows) {
    EventSink sink;
    std::size_t at = 0;
    const RowStream stream{{column("id", "int"), column("name", "nvarchar(100)")},
                           [&](engine::ChunkBuilder& into) {
                             std::size_t filled = 0;
                             for (; at < rows.size() && filled < 2; ++at, ++filled) {
                               if (rows[at].id) {
                                 into.column(0).data<std::int32_t>()[filled] = *rows[at].id;
                               } else {
                                 into.column(0).set_null(filled);
                               }
                               if (rows[at].name) {
                                 into.column(1).set_text(filled, *rows[at].name);
                               } else {
                                 into.column(1).set_null(filled);
                               }
                             }
                             into.set_size(filled);
                             return at < rows.size();
                           }};
    session_->load(stream, sink);
    return join(sink.lines, "\n");
  }
  int load_error(const std::vector<Row>& rows) {
    try {
      load(rows);
    } catch (const Error& error) {
      return error.sql() ? error.sql()->number : -1;
    }
    return 0;
  }
};

TEST_F(BulkLoadTest, RowsComeInWholeOrNotAtAll) {
  run("CREATE TABLE t (id int NOT NULL, name nvarchar(5), kind varchar(10) DEFAULT 'new')");
  EXPECT_EQ(
      run("INSERT BULK dbo.t (id int, name nvarchar(100)) WITH (TABLOCK, ROWS_PER_BATCH = 10, "
          "ORDER (id ASC))"),
      "");
  EXPECT_TRUE(session_->awaits_rows());
  EXPECT_EQ(load({{1, "a"}, {2, {}}, {3, "c"}}), "(3)");
  EXPECT_FALSE(session_->awaits_rows());
  EXPECT_EQ(run("SELECT * FROM t ORDER BY id"), "id|name|kind\n1|a|new\n2|NULL|new\n3|c|new");
  EXPECT_EQ(load_error({{4, "d"}}), 4002);
  run("INSERT BULK t (id int, name nvarchar(100))");
  EXPECT_EQ(load_error({{4, "d"}, {{}, "e"}}), 515);
  run("INSERT BULK t (id int, name nvarchar(100))");
  EXPECT_EQ(load_error({{4, "d"}, {5, "much too long"}}), 2628);
  run("INSERT BULK t (id int)");
  EXPECT_EQ(load_error({{4, "d"}}), 4815);
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t"), "n\n3");
  EXPECT_EQ(error_number("INSERT BULK missing (id int)"), 208);
  EXPECT_EQ(error_number("INSERT BULK t (nope int)"), 207);
  EXPECT_EQ(error_number("INSERT BULK t (id int) WITH (NOPE)"), 102);
}

TEST_F(BulkLoadTest, DefaultsStandForNullsUnlessTheyAreKept) {
  run("CREATE TABLE t (id int, name nvarchar(10) DEFAULT 'none')");
  run("INSERT BULK t (id int, name nvarchar(100))");
  load({{1, {}}});
  run("INSERT BULK t (id int, name nvarchar(100)) WITH (KEEP_NULLS)");
  load({{2, {}}});
  EXPECT_EQ(run("SELECT * FROM t ORDER BY id"), "id|name\n1|none\n2|NULL");
}

TEST_F(BulkLoadTest, IntoATemporaryTableAndATransaction) {
  run("CREATE TABLE #t (id int, name nvarchar(10))");
  run("INSERT BULK #t (id int, name nvarchar(100))");
  load({{1, "a"}});
  EXPECT_EQ(run("SELECT * FROM #t"), "id|name\n1|a");
  run("CREATE TABLE t (id int, name nvarchar(10)); BEGIN TRAN");
  run("INSERT BULK t (id int, name nvarchar(100))");
  load({{1, "a"}});
  EXPECT_EQ(run("SELECT COUNT(*) AS n FROM t; ROLLBACK; SELECT COUNT(*) AS n FROM t"),
            "n\n1\nn\n0");
}

}  // namespace
}  // namespace tarn::sql
