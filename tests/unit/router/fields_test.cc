#include "router/fields.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/json.h"

namespace tarn::router {
namespace {

enum class Mode { kFast, kSafe };

struct Limits {
  std::int64_t trials_max = 100;
  double timeout_s = 60;

  static void describe(router::FieldList<Limits>& f) {
    f.type("Limits", "When to stop.");
    f.optional("trials_max", &Limits::trials_max, "Trials.");
    f.optional("timeout_s", &Limits::timeout_s, "Seconds.");
  }
};

struct Job {
  std::string command;
  std::optional<std::string> target;
  std::vector<std::string> columns;
  std::map<std::string, std::int32_t> weights;
  Limits limits;
  Mode mode = Mode::kSafe;
  bool wait = false;
  std::uint64_t seed = 0;
  std::string metric = "r2_score";
  std::vector<Job> children;
  Json extra;

  static void describe(router::FieldList<Job>& f) {
    f.type("Job", "A job.");
    f.required("command", &Job::command, "What to run.");
    f.optional("target", &Job::target, "The column to predict.");
    f.optional("columns", &Job::columns, "Columns.");
    f.optional("weights", &Job::weights, "Weights.");
    f.optional("limits", &Job::limits, "Limits.");
    f.optional("mode", &Job::mode, "How.");
    f.optional("wait", &Job::wait, "Whether to wait.");
    f.optional("seed", &Job::seed, "The seed.");
    f.optional("metric", &Job::metric, "The metric.", {"r2_score", "spearman_correlation"});
    f.optional("children", &Job::children, "Jobs within.");
    f.optional("extra", &Job::extra, "Anything.");
  }
};

}  // namespace

template <>
struct Names<Mode> {
  static std::vector<std::pair<Mode, std::string>> list() {
    return {{Mode::kFast, "fast"}, {Mode::kSafe, "safe"}};
  }
};

namespace {

std::string parse_error_of(const std::string& text) {
  try {
    from_json_text<Job>(text);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::kInvalidArgument);
    return error.what();
  }
  return "no error";
}

TEST(Fields, ReadsAndWritesTheSame) {
  const std::string text =
      R"({"command":"train","target":"rentals","columns":["a","b"],"weights":{"a":1,"b":-2},)"
      R"("limits":{"trials_max":5,"timeout_s":1.5},"mode":"fast","wait":true,"seed":18446744073709551615,)"
      R"("metric":"spearman_correlation","children":[],"extra":{"x":[null,1]}})";
  const Job job = from_json_text<Job>(text);
  EXPECT_EQ(job.command, "train");
  EXPECT_EQ(job.limits.trials_max, 5);
  EXPECT_EQ(job.weights.at("b"), -2);
  EXPECT_EQ(job.mode, Mode::kFast);
  EXPECT_EQ(job.seed, UINT64_MAX);
  EXPECT_EQ(to_json_text(job), text);
}

TEST(Fields, KeepsDefaultsOfWhatIsAbsentOrNull) {
  const Job job = from_json_text<Job>(R"({"command":"c","target":null,"limits":{},"mode":null})");
  EXPECT_EQ(job.target, std::nullopt);
  EXPECT_EQ(job.limits.trials_max, 100);
  EXPECT_EQ(job.mode, Mode::kSafe);
  EXPECT_THAT(to_json_text(job), testing::Not(testing::HasSubstr("target")));
}

TEST(Fields, NamesTheNearestKey) {
  EXPECT_EQ(parse_error_of(R"({"comand":"c"})"),
            "Unknown key 'comand' in Job. Did you mean 'command'?");
  EXPECT_EQ(parse_error_of(R"({"command":"c","limits":{"trial_max":1}})"),
            "Unknown key 'limits.trial_max' in Limits. Did you mean 'trials_max'?");
  EXPECT_EQ(parse_error_of(R"({"command":"c","limits":{"zzzzzzzzz":1}})"),
            "Unknown key 'limits.zzzzzzzzz' in Limits. The keys are: trials_max, timeout_s.");
  EXPECT_THAT(
      parse_error_of(R"({"command":"c","children":[{"command":"d"},{"command":"e","wiat":1}]})"),
      testing::HasSubstr("'children[1].wiat'"));
}

TEST(Fields, RefusesWrongValues) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "A key is missing in Job: 'command'"},
      {R"({"command":null})", "'command' must be a string"},
      {R"([])", "The value must be an object (Job), not array."},
      {R"({"command":"c","columns":"a"})", "'columns' must be an array"},
      {R"({"command":"c","columns":[1]})", "'columns[0]' must be a string"},
      {R"({"command":"c","weights":{"a":2147483648}})", "'weights.a' is not from -2147483648"},
      {R"({"command":"c","weights":{"a":1.0}})", "'weights.a' must be an integer"},
      {R"({"command":"c","seed":-1})", "'seed' is not from 0"},
      {R"({"command":"c","wait":1})", "'wait' must be true or false"},
      {R"({"command":"c","mode":"fsat"})", "'mode' cannot be 'fsat'. Did you mean 'fast'?"},
      {R"({"command":"c","metric":"x"})", "It is one of: r2_score, spearman_correlation."},
      {R"({"command":"c","limits":{"timeout_s":"1"}})", "'limits.timeout_s' must be a number"},
      {R"({"command":)", "body:1:"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_THAT(parse_error_of(text), testing::HasSubstr(expected)) << text;
}

TEST(Fields, DescribesTheSchema) {
  const Schema schema = schema_of<Job>();
  EXPECT_EQ(schema.kind, Schema::Kind::kObject);
  EXPECT_EQ(schema.name, "Job");
  const auto fields = schema.fields();
  ASSERT_EQ(fields.size(), 11u);
  EXPECT_TRUE(fields[0].required);
  EXPECT_FALSE(fields[1].required);
  EXPECT_EQ(fields[2].schema.items->kind, Schema::Kind::kString);
  EXPECT_EQ(fields[4].schema.name, "Limits");
  EXPECT_EQ(fields[5].schema.values, (std::vector<std::string>{"fast", "safe"}));
  EXPECT_EQ(fields[5].default_json, "\"safe\"");
  EXPECT_EQ(fields[9].schema.items->name, "Job");  // a type within itself
}

TEST(Fields, WritesBrokenUtf8WithoutFailing) {
  Job job;
  job.command = "a\xff";
  EXPECT_THAT(to_json_text(job), testing::HasSubstr("a\xEF\xBF\xBD"));
}

}  // namespace
}  // namespace tarn::router
