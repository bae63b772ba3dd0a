#include "detail/exec/workload/workload.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "detail/exec/workload/classification.h"

namespace tarn::sql {
namespace {

WorkloadGroup group_of(std::string name, int min, int cap, Hundredths request) {
  return {.id = kSystemGroupsCount + 1,
          .name = std::move(name),
          .min_percentage = min,
          .cap_percentage = cap,
          .request_min = request,
          .request_max = request};
}

/// The error's number; 0 where the group is in order.
int refusal(const WorkloadGroup& group, const PoolWorkload& others = {}) {
  try {
    check_group(group, others);
  } catch (const Error& error) {
    return error.sql() ? error.sql()->number : -1;
  }
  return 0;
}

TEST(Workload, PercentagesAreExact) {
  EXPECT_EQ(percent_of("3.25"), 325);
  EXPECT_EQ(percent_of("100"), 10000);
  EXPECT_EQ(percent_of("0.750"), 75);
  EXPECT_EQ(percent_of(".5"), 50);
  EXPECT_EQ(percent_of("3.255"), std::nullopt);
  EXPECT_EQ(percent_of("-1"), std::nullopt);
  EXPECT_EQ(percent_of("x"), std::nullopt);
  EXPECT_EQ(percent_of("999"), 99900);
  EXPECT_EQ(percent_of("1000"), std::nullopt);
  EXPECT_EQ(percent_text(305), "3.05");
}

TEST(Workload, TimesOfTheDay) {
  EXPECT_EQ(minute_of("22:05"), 22 * 60 + 5);
  EXPECT_EQ(minute_of("24:00"), std::nullopt);
  EXPECT_EQ(minute_of("9:00"), std::nullopt);
  EXPECT_EQ(minute_of("09-00"), std::nullopt);
  EXPECT_EQ(minute_text(65), "01:05");
}

TEST(Workload, RulesOfAGroup) {
  EXPECT_EQ(refusal(group_of("g", 26, 100, 325)), 0);
  EXPECT_EQ(refusal(group_of("g", 0, 100, 75)), 0);
  EXPECT_EQ(refusal(group_of("g", 100, 100, 10000)), 0);
  EXPECT_EQ(refusal(group_of("g", -1, 100, 300)), 105611);
  EXPECT_EQ(refusal(group_of("g", 101, 100, 300)), 105611);
  EXPECT_EQ(refusal(group_of("g", 0, 0, 300)), 105611);
  EXPECT_EQ(refusal(group_of("g", 0, 101, 300)), 105611);
  EXPECT_EQ(refusal(group_of("g", 0, 100, 50)), 105611) << "below 0.75";
  EXPECT_EQ(refusal(group_of("g", 0, 100, 310)), 105611) << "no multiple of 0.25";
  EXPECT_EQ(refusal(group_of("g", 25, 100, 1000)), 105611) << "no factor of 25";
  EXPECT_EQ(refusal(group_of("g", 50, 40, 1000)), 10907);
  EXPECT_EQ(refusal(group_of("g", 0, 10, 2000)), 10907);
  WorkloadGroup group = group_of("g", 0, 100, 1000);
  group.request_max = 500;
  EXPECT_EQ(refusal(group), 10908);
  group.request_max = 10025;
  EXPECT_EQ(refusal(group), 105611);
}

TEST(Workload, MinimaOfAllGroupsFitIntoThePool) {
  PoolWorkload all = system_workload("DW100c", 0);
  all.groups.push_back(group_of("first", 60, 100, 1000));
  EXPECT_EQ(refusal(group_of("second", 40, 100, 1000), all), 0);
  EXPECT_EQ(refusal(group_of("second", 50, 100, 1000), all), 10910);
  EXPECT_EQ(refusal(group_of("FIRST", 100, 100, 1000), all), 0) << "in its own place";
}

// The figures are those of the pages named in workload.h.
TEST(Workload, ResourceClassesAndWhatALevelMakesOfAGroup) {
  PoolWorkload all = system_workload("DW1000c", 7);
  ASSERT_EQ(all.groups.size(), 12u);
  EXPECT_EQ(all.group("StaticRC40")->request_min, 1920);
  EXPECT_EQ(system_workload("DW2000c", 0).group("staticrc40")->request_min, 960);
  EXPECT_EQ(all.group("xlargerc")->request_min, 7000);
  EXPECT_EQ(all.classifier("largerc")->member, "largerc");
  EXPECT_EQ(all.groups[0].created, 7);

  WorkloadGroup adhoc = group_of("wgAdHoc", 10, 100, 500);
  all.groups.push_back(adhoc);
  EXPECT_EQ(effective_shares(adhoc, all, "DW1000c").min_percentage, 10);
  EXPECT_EQ(effective_shares(adhoc, all, "DW1000c").request_min, 500);
  EXPECT_EQ(effective_shares(adhoc, all, "DW100c").min_percentage, 0);
  EXPECT_EQ(effective_shares(adhoc, all, "DW100c").request_min, 2500);
  EXPECT_EQ(effective_shares(*all.group("smallrc"), all, "DW1000c").cap_percentage, 90);
  EXPECT_EQ(effective_shares(*all.group("smallrc"), all, "DW100c").cap_percentage, 100);
}

class Classifiers : public testing::Test {
 protected:
  Classifiers() : workload_(system_workload("DW100c", 0)) {}

  WorkloadClassifier& add(std::string name, std::string group, std::string member) {
    workload_.classifiers.push_back({.id = 13,
                                     .name = std::move(name),
                                     .group = std::move(group),
                                     .member = std::move(member)});
    return workload_.classifiers.back();
  }
  std::string chosen(const RequestTraits& request) const {
    const auto* found = classifier_for(
        request, workload_, [](const std::string& role) { return role == "db_datareader"; });
    return found ? found->name : "";
  }

  PoolWorkload workload_;
};

TEST_F(Classifiers, AResourceClassIsNobodysRole) { EXPECT_EQ(chosen({.login = "largerc"}), ""); }

TEST_F(Classifiers, ALoginWeighsMoreThanARoleWithAllElse) {
  add("login", "mediumrc", "carol");
  WorkloadClassifier& role = add("role", "largerc", "db_datareader");
  role.label = "load";
  role.context = "nightly";
  role.start_minute = 0;
  role.end_minute = 1439;
  EXPECT_EQ(chosen({.login = "Carol", .label = "load", .context = "nightly"}), "login");
  EXPECT_EQ(chosen({.login = "dave", .label = "LOAD", .context = "nightly"}), "role");
  EXPECT_EQ(chosen({.login = "dave", .label = "load"}), "");
  EXPECT_EQ(chosen({.login = "dave", .label = "load", .context = "nightly", .minute = 1439}), "");
}

// The example of CREATE WORKLOAD CLASSIFIER: a label outweighs the time, here over midnight.
TEST_F(Classifiers, ALabelWeighsMoreThanATime) {
  add("a", "mediumrc", "userloginA").label = "salereport";
  WorkloadClassifier& b = add("b", "mediumrc", "userloginA");
  b.start_minute = 18 * 60;
  b.end_minute = 7 * 60;
  EXPECT_EQ(chosen({.login = "userloginA", .label = "salereport", .minute = 60}), "a");
  EXPECT_EQ(chosen({.login = "userloginA", .minute = 60}), "b");
  EXPECT_EQ(chosen({.login = "userloginA", .minute = 18 * 60}), "b");
  EXPECT_EQ(chosen({.login = "userloginA", .minute = 7 * 60}), "");
}

TEST_F(Classifiers, OfEqualOnesTheLargerGroup) {
  add("small", "mediumrc", "dbo");
  add("large", "xlargerc", "dbo");
  add("middle", "largerc", "dbo");
  EXPECT_EQ(chosen({.login = "anybody"}), "large");
}

}  // namespace
}  // namespace tarn::sql
