// PostgreSQL through libpq: prepared statements with binary parameters, rows as they come.
//
// Writers are serializable. Every writer holds ROW EXCLUSIVE on schema_migrations, which does not
// keep out others; one whose first try clashed takes SHARE ROW EXCLUSIVE, waits for the others and
// then runs alone, so that it cannot clash again. LOCK TABLE comes before the transaction's
// snapshot (PostgreSQL documentation, "LOCK").

#include <bit>
#include <charconv>
#include <cstring>
#include <list>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "detail/backend.h"
#include "detail/migration.h"
#include "detail/postgres_address.h"
#include "detail/postgres_error.h"

namespace tarn::meta::detail {

namespace {

constexpr const char* kConnectTimeoutS = "10";       // unless the address says otherwise
constexpr const char* kKeepaliveS = "30";            // of silence, then the peer is asked
constexpr const char* kSilenceMaxMs = "30000";       // of a server that does not answer any more
constexpr std::int64_t kMigrationLock = 0x7461726e;  // pg_advisory_xact_lock's key: "tarn"

// Object ids of PostgreSQL's types (pg_type.dat); they never change.
enum : Oid { kAnyType = 0, kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25 };
enum : Oid { kFloat4 = 700, kFloat8 = 701, kNumeric = 1700 };

/// The arguments of one call in libpq's form: big-endian binary.
class Parameters {
 public:
  explicit Parameters(std::span<const Value> values) {
    numbers_.reserve(values.size());
    for (const Value& value : values) add(value.storage());
  }

  int count() const { return static_cast<int>(types_.size()); }
  const std::vector<Oid>& types() const { return types_; }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  std::vector<int> formats() const { return std::vector<int>(types_.size(), 1); }

 private:
  void add(const Value::Storage& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
      add_number(kInt8, static_cast<std::uint64_t>(*integer));
    } else if (const auto* real = std::get_if<double>(&value)) {
      check_real(*real);
      add_number(kFloat8, std::bit_cast<std::uint64_t>(*real));
    } else if (const auto* text = std::get_if<std::string_view>(&value)) {
      check_text(*text);
      add_bytes(kText, text->data() == nullptr ? "" : text->data(), text->size());
    } else {
      add_bytes(kAnyType, nullptr, 0);
    }
  }

  void add_number(Oid type, std::uint64_t bits) {
    numbers_.push_back(__builtin_bswap64(bits));
    add_bytes(type, reinterpret_cast<const char*>(&numbers_.back()), sizeof(bits));
  }

  void add_bytes(Oid type, const char* bytes, std::size_t size) {
    types_.push_back(type);
    values_.push_back(bytes);
    lengths_.push_back(static_cast<int>(size));
  }

  std::vector<std::uint64_t> numbers_;  // never grows beyond what was reserved
  std::vector<Oid> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
};

static_assert(std::endian::native == std::endian::little, "numbers are turned round for the wire");

/// The n of every $n outside of quotes must be 1 to `count`, each at least once.
void check_parameters(std::string_view sql, std::size_t count) {
  std::vector<bool> seen(count, false);
  bool quoted = false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] == '\'') quoted = !quoted;
    if (quoted || sql[i] != '$') continue;
    std::size_t number = 0;
    std::from_chars(sql.data() + i + 1, sql.data() + sql.size(), number);
    check(number >= 1 && number <= count,
          "a statement's parameters and arguments differ in number");
    seen[number - 1] = true;
  }
  for (const bool one : seen) check(one, "a statement leaves out one of its parameters");
}

template <typename T>
T number_of(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size(), "PostgreSQL sent no number");
  return value;
}

Row::Cell cell_of(Oid type, std::string_view text) {
  switch (type) {
    case kBool:
      return std::int64_t{text == "t"};
    case kInt2:
    case kInt4:
    case kInt8:
      return number_of<std::int64_t>(text);
    case kNumeric:  // sums of integers, and literals such as 0.5
      if (text.find_first_of(".eN") == std::string_view::npos) return number_of<std::int64_t>(text);
      return number_of<double>(text);
    case kFloat4:
    case kFloat8:
      return number_of<double>(text);
    default:
      return std::string(text);
  }
}

class PostgresConnection : public Connection {
 public:
  PostgresConnection(const PostgresAddress& address, const PostgresOptions& options)
      : pq_(PostgresLibrary::get()), address_(address), options_(options) {
    connect();
  }

  Dialect dialect() const override { return Dialect::kPostgres; }

  bool has_table(std::string_view name) override {
    const Value values[] = {name};
    return !query(
                "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND "
                "tablename = $1",
                values)
                .empty();
  }

  bool is_empty() override {
    return query("SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = current_schema() LIMIT 1",
                 {})
        .empty();
  }

  void begin(Begin kind) override {
    // A connection that broke while nobody used it is no reason to fail: it is made anew, once.
    if (pq_.status(handle_.get()) != CONNECTION_OK) connect();
    try {
      run(begin_script(kind));
    } catch (const LostError&) {
      connect();
      run(begin_script(kind));
    }
  }

  void commit() override {
    ResultHandle result(pq_.exec(handle_.get(), "COMMIT"));
    if (pq_.status(handle_.get()) != CONNECTION_OK) {
      throw Error(Code::kUnavailable,
                  "The connection to the metadata store was lost while a change was being stored: "
                  "it may be stored, or not.",
                  "Look whether it is there before you repeat it.");
    }
    require(result);
    check(std::string_view(pq_.cmd_status(result.get())) == "COMMIT",
          "a transaction went on after an error");
  }

  void rollback() noexcept override {
    if (pq_.status(handle_.get()) != CONNECTION_OK) return;
    if (pq_.transaction_status(handle_.get()) == PQTRANS_IDLE) return;
    ResultHandle(pq_.exec(handle_.get(), "ROLLBACK"));
  }

  std::int64_t execute(std::string_view sql, std::span<const Value> values) override {
    return send(sql, values, {});
  }

  void scan(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) override {
    send(sql, values, visit);
  }

  void run_script(const std::string& script) override { run(script); }

 private:
  void connect() {
    names_.clear();
    statements_.clear();
    // Later ones win: the address over our defaults, and the encoding over the address.
    const char* keys[] = {"application_name",
                          "connect_timeout",
                          "keepalives_idle",
                          "tcp_user_timeout",
                          "dbname",
                          "client_encoding",
                          nullptr};
    const char* values[] = {"tarn",        kConnectTimeoutS,       kKeepaliveS,
                            kSilenceMaxMs, address_.url().c_str(), "UTF8",
                            nullptr};
    handle_.reset(pq_.connect(keys, values, 1));
    if (pq_.status(handle_.get()) != CONNECTION_OK) {
      throw Error(Code::kUnavailable,
                  "The metadata store at " + address_.place() + " cannot be reached: " +
                      address_.without_secrets(pq_.error_message(handle_.get())) + ".",
                  "Check the address, the user, the password and that the server runs.");
    }
    pq_.set_notice_receiver(
        handle_.get(), [](void*, const PGresult*) {}, nullptr);
    const char* encoding = pq_.parameter_status(handle_.get(), "server_encoding");
    if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
      throw Error(Code::kUnsupported, "The database of the metadata store is not in UTF-8.",
                  "Make one: CREATE DATABASE tarn ENCODING 'UTF8' TEMPLATE template0.");
    }
    run("SET lock_timeout = " + std::to_string(static_cast<int>(options_.busy_timeout_s * 1000)) +
        "; SET synchronous_commit = on; SET TimeZone = 'UTC'; SET extra_float_digits = 1; "
        "SET standard_conforming_strings = on");
  }

  static std::string begin_script(Begin kind) {
    switch (kind) {
      case Begin::kRead:
        return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
      case Begin::kWrite:
        return "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE schema_migrations IN ROW EXCLUSIVE "
               "MODE";
      case Begin::kAlone:
        return "BEGIN ISOLATION LEVEL SERIALIZABLE; LOCK TABLE schema_migrations IN SHARE ROW "
               "EXCLUSIVE MODE";
      case Begin::kMigration:
        break;
    }
    // READ COMMITTED: what the holder before committed is seen.
    return "BEGIN; SELECT pg_advisory_xact_lock(" + std::to_string(kMigrationLock) + ")";
  }

  void require(const ResultHandle& result) {
    switch (result ? pq_.result_status(result.get()) : PGRES_FATAL_ERROR) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
      case PGRES_SINGLE_TUPLE:
      case PGRES_EMPTY_QUERY:
        return;
      default:
        break;
    }
    if (!result || pq_.status(handle_.get()) != CONNECTION_OK)
      throw LostError(address_.without_secrets(pq_.error_message(handle_.get())));
    throw_postgres(result.get());
  }

  void run(const std::string& script) {
    require(ResultHandle(pq_.exec(handle_.get(), script.c_str())));
  }

  /// The number of rows that it changed, or returned.
  std::int64_t send(std::string_view sql, std::span<const Value> values, const RowVisitor& visit) {
    const Parameters parameters(values);
    const std::string& name = prepared(sql, parameters);
    if (pq_.send_query_prepared(handle_.get(), name.c_str(), parameters.count(),
                                parameters.values(), parameters.lengths(),
                                parameters.formats().data(), 0) != 1) {
      throw LostError(address_.without_secrets(pq_.error_message(handle_.get())));
    }
    if (visit) pq_.set_single_row_mode(handle_.get());
    Drain drain{*this};
    std::int64_t changed = 0;
    while (ResultHandle result{pq_.get_result(handle_.get())}) {
      require(result);
      if (visit) {
        const int rows = pq_.ntuples(result.get());
        for (int i = 0; i < rows; ++i) visit(row_of(result.get(), i));
      }
      const char* tuples = pq_.cmd_tuples(result.get());
      if (*tuples != '\0') changed = number_of<std::int64_t>(tuples);
    }
    drain.done = true;
    return changed;
  }

  /// Ends a query that was left before its last row, so that the connection is free again.
  struct Drain {
    PostgresConnection& connection;
    bool done = false;
    ~Drain() {
      if (done) return;
      const PostgresLibrary& pq = connection.pq_;
      char ignored[256];
      PGcancel* cancel = pq.get_cancel(connection.handle_.get());
      if (cancel != nullptr) {
        pq.cancel(cancel, ignored, sizeof(ignored));
        pq.free_cancel(cancel);
      }
      while (ResultHandle(pq.get_result(connection.handle_.get()))) {
      }
    }
  };

  Row row_of(const PGresult* result, int row) const {
    const int columns = pq_.nfields(result);
    std::vector<Row::Cell> cells;
    cells.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) {
      if (pq_.getisnull(result, row, i) == 1) {
        cells.emplace_back();
        continue;
      }
      const std::string_view text(pq_.getvalue(result, row, i),
                                  static_cast<std::size_t>(pq_.getlength(result, row, i)));
      cells.push_back(cell_of(pq_.ftype(result, i), text));
    }
    return Row(std::move(cells));
  }

  /// The name of the prepared statement; the one used longest ago goes when there are too many.
  const std::string& prepared(std::string_view sql, const Parameters& parameters) {
    std::string key(sql);
    for (const Oid type : parameters.types()) key += '\0' + std::to_string(type);
    if (const auto found = names_.find(key); found != names_.end()) {
      statements_.splice(statements_.begin(), statements_, found->second);
      return found->second->second;
    }
    check_parameters(sql, static_cast<std::size_t>(parameters.count()));
    if (statements_.size() == kStatementsMax) {
      run("DEALLOCATE " + statements_.back().second);
      names_.erase(statements_.back().first);
      statements_.pop_back();
    }
    std::string name = "s" + std::to_string(++prepared_);
    require(ResultHandle(pq_.prepare(handle_.get(), name.c_str(), std::string(sql).c_str(),
                                     parameters.count(), parameters.types().data())));
    statements_.emplace_front(key, std::move(name));
    names_.emplace(std::move(key), statements_.begin());
    return statements_.front().second;
  }

  using Entry = std::pair<std::string, std::string>;  // text and types; name

  const PostgresLibrary& pq_;
  const PostgresAddress& address_;
  const PostgresOptions& options_;
  ConnectionHandle handle_;
  std::uint64_t prepared_ = 0;
  std::list<Entry> statements_;  // the one used last is first
  std::unordered_map<std::string, std::list<Entry>::iterator> names_;
};

class PostgresBackend : public Backend {
 public:
  PostgresBackend(const std::string& url, PostgresOptions options)
      : address_(url), options_(std::move(options)) {}

  std::unique_ptr<Connection> connect(Access) override {
    return std::make_unique<PostgresConnection>(address_, options_);
  }

  void copy_to(const std::filesystem::path& file) override {
    if (std::filesystem::exists(file)) {
      throw Error(Code::kAlreadyExists, "A file is there already: " + file.string() + ".");
    }
    const std::unique_ptr<PendingFile> pending = FileSystem::system().create(file);
    std::filesystem::permissions(
        pending->path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    {
      PostgresConnection source(address_, options_);
      const auto versions = static_cast<std::size_t>(stored_version(source));
      const std::unique_ptr<Backend> copy =
          make_sqlite_backend(pending->path(), options_.busy_timeout_s);
      const std::unique_ptr<Connection> target = copy->connect(Access::kWrite);
      migrate(*target, all_migrations().first(versions), Clock::system());
      copy_rows(source, *target);
      target->run_script("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    }
    if (!pending->publish_if_absent()) {
      throw Error(Code::kAlreadyExists, "A file is there already: " + file.string() + ".");
    }
  }

  void checkpoint(Connection&) override {}  // PostgreSQL's own affair

  std::filesystem::path backup_file(std::int64_t version) const override {
    check(!options_.backup_folder.empty(), "a PostgreSQL store has a folder for its backups");
    return options_.backup_folder / ("tarn.db.v" + std::to_string(version) + ".backup");
  }

  std::string place() const override { return address_.place(); }

 private:
  PostgresAddress address_;
  PostgresOptions options_;
};

}  // namespace

std::unique_ptr<Backend> make_postgres_backend(const std::string& url,
                                               const PostgresOptions& options) {
  return std::make_unique<PostgresBackend>(url, options);
}

}  // namespace tarn::meta::detail
