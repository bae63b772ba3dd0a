#include <cstdio>

#include "app/home.h"
#include "backup/backup.h"
#include "backup/tar.h"
#include "base/error.h"
#include "detail/commands.h"
#include "detail/local_file.h"
#include "detail/progress.h"
#include "http/client.h"

namespace tarn::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kManifestBytesMax = 1 << 30;

Json summary_of(const backup::BackupSummary& summary, const std::string& place) {
  return {{"backup", place},        {"made_at", summary.made_at},
          {"files", summary.files}, {"tables", summary.tables},
          {"pools", summary.pools}, {"pools_left_out", summary.pools_left_out},
          {"bytes", summary.bytes}};
}

/// A SQL pool's file is opened by one process at a time: a home that has some is not shared.
Access access_of(const Context& context) {
  std::error_code absent;
  const bool has_pools = fs::exists(context.where.home / "pools", absent);
  return has_pools ? Access::kWrite : Access::kRead;
}

/// "1 table", "2 tables".
std::string counted(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void print_summary(Context& context, const char* verb, const Json& summary) {
  if (context.format != Format::kTable) {
    print_record(context.format, summary);
    return;
  }
  const auto pools = summary.at("pools").get<std::uint64_t>();
  std::fprintf(stderr, "%s %s: %s (%s), %s%s\n", verb,
               summary.at("backup").get<std::string>().c_str(),
               counted(summary.at("files").get<std::uint64_t>(), "file").c_str(),
               human_bytes(summary.at("bytes").get<double>()).c_str(),
               counted(summary.at("tables").get<std::uint64_t>(), "table").c_str(),
               pools > 0 ? (", " + counted(pools, "SQL pool")).c_str() : "");
  for (const Json& pool : summary.at("pools_left_out")) {
    std::fprintf(stderr, "left out: SQL pool %s, which belongs to another server or workspace\n",
                 pool.get<std::string>().c_str());
  }
}

/// Reads what passes by: is the archive whole, and what does its manifest say?
class Witness {
 public:
  void feed(std::string_view bytes) { reader_.feed(bytes); }

  Json summary(const std::string& place) const {
    if (!reader_.complete() || manifest_.empty()) {
      throw Error(Code::kUnavailable, "The backup ended too early.",
                  "Nothing was kept. Look into the server's log, and try again.");
    }
    const Json manifest = parse_json(manifest_, "backup.json");
    return {{"backup", place},
            {"made_at", manifest.at("made_at")},
            {"files", manifest.at("files")},
            {"tables", manifest.at("tables").size()},
            {"pools", manifest.at("pools").size()},
            {"pools_left_out", manifest.at("pools_left_out")},
            {"bytes", manifest.at("bytes")}};
  }

 private:
  bool in_manifest_ = false;
  std::string manifest_;
  backup::TarReader reader_{
      {.begin = [this](const backup::TarEntry& e) { in_manifest_ = e.path == "backup.json"; },
       .data =
           [this](std::string_view bytes) {
             if (in_manifest_ && manifest_.size() < kManifestBytesMax) manifest_ += bytes;
           },
       .end = [] {}}};
};

}  // namespace

int backup(Context& context, const std::string& target) {
  const Call call{.method = "POST", .target = "/backup"};
  Progress progress("backup", 0, "B");
  double size = 0;
  const auto receive_into = [&](auto&& sink) {
    context.gateway(access_of(context)).call(call, [&](std::string_view bytes) {
      sink(bytes);
      progress.at(size += static_cast<double>(bytes.size()));
    });
    progress.clear();
  };
  if (target == "-" || target.ends_with(".tar")) {
    LocalFileSink file(target);
    Witness witness;
    receive_into([&](std::string_view bytes) {
      witness.feed(bytes);
      file.write(bytes);
    });
    const Json summary = witness.summary(target);
    file.commit();
    if (target != "-") print_summary(context, "backed up to", summary);
    return 0;
  }
  backup::Unpacker unpacker(target);
  receive_into([&](std::string_view bytes) { unpacker.feed(bytes); });
  print_summary(context, "backed up to", summary_of(unpacker.finish(), target));
  return 0;
}

int restore(Context& context, const std::string& source) {
  const Where& where = context.where;
  const auto summary =
      backup::restore(source, {.home = where.home, .store = where.store, .lake = where.lake});
  print_summary(context, "restored", summary_of(summary, source));
  return 0;
}

namespace {

/// What keeps a home from being opened is the first finding of its check.
bool is_damage(const Error& error) {
  return error.code() == Code::kDataLoss || error.code() == Code::kUnsupported;
}

Json check_report(Context& context) {
  const Where& where = context.where;
  if (where.url.empty() && !http::answers(app::Home::socket(where.home)) &&
      !fs::exists(where.home / "FORMAT") && !fs::exists(where.home / "tarn.db")) {
    throw Error(Code::kNotFound, "There is no home of Tarn at " + where.home.string() + ".",
                "Name it with --home or TARN_HOME.");
  }
  try {
    return context.gateway(access_of(context)).json({.target = "/check"});
  } catch (const Error& error) {
    if (!is_damage(error)) throw;
    return {{"findings",
             {{{"area", "home"}, {"name", where.home.string()}, {"problem", error.message()}}}},
            {"tables", 0},
            {"files", 0},
            {"models", 0},
            {"jobs", 0},
            {"pools", 0}};
  }
}

}  // namespace

int check_home(Context& context) {
  const Json report = check_report(context);
  const Json& findings = report.at("findings");
  if (context.format == Format::kJson) {
    print_record(context.format, report);
  } else if (!findings.empty() || context.format != Format::kTable) {
    print_list(context.format, findings, {{"area"}, {"name"}, {"problem"}});
  }
  std::fflush(stdout);
  const auto count = [&](const char* member, const char* what) {
    return counted(report.at(member).get<std::uint64_t>(), what);
  };
  const std::string pools =
      report.value("pools", 0) > 0 ? ", " + count("pools", "SQL pool") : std::string();
  std::fprintf(stderr, "checked %s (%s), %s, %s%s: %s\n", count("tables", "table").c_str(),
               count("files", "file").c_str(), count("models", "model version").c_str(),
               count("jobs", "job").c_str(), pools.c_str(),
               findings.empty() ? "no problem" : counted(findings.size(), "problem").c_str());
  return findings.empty() ? 0 : 1;
}

}  // namespace tarn::cli
