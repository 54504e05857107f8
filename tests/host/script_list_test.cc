#include "host/script_list.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/text.h"
#include "host/baseline.h"

namespace exo {
namespace {

const VersionKey kSearch{"todo-search", "0.0.1"};
const VersionKey kNew{"todo-search", "0.0.2"};
const VersionKey kGone{"todo", "0.9.0"};

ScriptCatalog scripts_of(const std::vector<VersionKey>& versions) {
  ScriptCatalog catalog;
  for (const VersionKey& version : versions) {
    catalog.scripts.push_back(
        {.brings_in = version, .name = "deployment-scripts/" + to_text(version) + ".js"});
  }
  return catalog;
}

StatusReport status_of(const PhaseReport& offline, const PhaseReport& online) {
  StatusReport status{
      .application = "todo-app", .environment = "local", .host = std::nullopt, .services = {}};
  status.services.push_back(
      {.role = "todo-search", .version = "0.0.1", .state = "live", .offline = offline, .online = online});
  return status;
}

// "todo-search@0.0.1 offline done, …".
std::string told(const ScriptList& list) {
  std::vector<std::string> rows;
  for (const ScriptRow& row : list.rows) {
    rows.push_back(to_text(row.version) + " " + std::string(to_string(row.phase)) + " " + row.report.state);
  }
  return join(rows, ", ");
}

TEST(ScriptList, leaves_out_versions_without_a_script_and_phases_that_are_none) {
  EXPECT_EQ(told(make_script_list(status_of({}, {}), {}, {kSearch})), "");
  EXPECT_EQ(told(make_script_list(status_of({}, {.state = "done"}), scripts_of({kSearch}), {kSearch})),
            "todo-search@0.0.1 online done");
}

TEST(ScriptList, tells_of_scripts_whose_versions_were_never_introduced) {
  EXPECT_EQ(
      told(make_script_list(status_of({.state = "done"}, {}), scripts_of({kSearch, kNew, kGone}),
                            {kSearch, kNew})),
      "todo-search@0.0.1 offline done, todo-search@0.0.2 offline pending, todo-search@0.0.2 online pending, "
      "todo@0.9.0 offline skipped, todo@0.9.0 online skipped");
}

TEST(ScriptList, has_the_documented_keys) {
  const PhaseReport failed{
      .state = "failed", .run = "todo-search-0.0.1-online-1", .attempt = 3, .reason = "no room"};
  const auto json = nlohmann::json::parse(
      to_json(make_script_list(status_of({}, failed), scripts_of({kSearch}), {kSearch})));
  EXPECT_EQ(json["application"], "todo-app");
  EXPECT_EQ(json["environment"], "local");
  const auto& script = json["scripts"][0];
  EXPECT_EQ(script["role"], "todo-search");
  EXPECT_EQ(script["version"], "0.0.1");
  EXPECT_EQ(script["script"], "deployment-scripts/todo-search@0.0.1.js");
  EXPECT_EQ(script["phase"], "online");
  EXPECT_EQ(script["state"], "failed");
  EXPECT_EQ(script["run"], "todo-search-0.0.1-online-1");
  EXPECT_EQ(script["attempt"], 3);
  EXPECT_EQ(script["reason"], "no room");
  EXPECT_TRUE(script.at("progress").is_null());
  EXPECT_TRUE(script.at("decision").is_null());
}

TEST(ScriptList, fits_a_terminal_and_explains_below_a_row) {
  const PhaseReport failed{.state = "failed",
                           .run = "todo-search-0.0.1-online-1",
                           .attempt = 3,
                           .reason = "two entries of the list have one and the same number, which cannot be",
                           .decision = "to be tried again, decided by anna: I have looked at both of them"};
  const std::string table =
      to_table(make_script_list(status_of({}, failed), scripts_of({kSearch}), {kSearch}), 60);
  EXPECT_EQ(table,
            "VERSION            PHASE   STATE   ATTEMPT  RUN\n"
            "todo-search@0.0.1  online  failed  3        todo-search-0.0…\n"
            "    two entries of the list have one and the same number,\n"
            "    which cannot be\n"
            "    to be tried again, decided by anna: I have looked at\n"
            "    both of them\n");
  EXPECT_EQ(to_table({.application = "todo-app", .environment = "local", .rows = {}}, 80),
            "todo-app has no deployment scripts\n");
}

// kSearch has come with its host, the scripts of both versions since that began.
ScriptList new_to_the_host() {
  StatusReport status = status_of({}, {});
  status.host = HostReport{.pid = 1, .bus = "ipc:///bus"};
  return make_script_list(status, scripts_of({kSearch, kNew, kGone}), {kSearch, kNew});
}

TEST(ScriptList, tells_what_the_host_that_runs_does_not_know_yet) {
  const ScriptList list = new_to_the_host();
  EXPECT_EQ(
      told(list),
      "todo-search@0.0.1 offline pending, todo-search@0.0.1 online pending, todo-search@0.0.2 offline "
      "pending, todo-search@0.0.2 online pending, todo@0.9.0 offline skipped, todo@0.9.0 online skipped");
  EXPECT_EQ(list.rows[0].report.reason, "it came since the host that runs began; the next exo run reads it");
  EXPECT_EQ(list.rows[2].report.reason, list.rows[0].report.reason);
  EXPECT_EQ(list.rows[4].report.reason, "the application has no todo@0.9.0");
}

// --- what exo baseline takes -----------------------------------------------------------------------------

std::string taken(const ScriptList& list, const std::vector<std::string>& names) {
  const auto plan = plan_baseline(list, names);
  if (!plan) return plan.error().code + ": " + plan.error().message;
  std::vector<std::string> versions;
  for (const Decision& decision : plan.value().decisions) versions.push_back(to_text(decision.version));
  for (const std::string& left : plan.value().left) versions.push_back("(" + left + ")");
  return join(versions, ", ");
}

ScriptList one_done_one_new() {
  return make_script_list(status_of({.state = "done", .run = "r", .attempt = 1}, {.state = "pending"}),
                          scripts_of({kSearch, kNew, kGone}), {kSearch, kNew});
}

TEST(Baseline, means_a_script_that_there_is) {
  EXPECT_EQ(taken(one_done_one_new(), {"todo-serch"}),
            "usage: no deployment script brings in \"todo-serch\"; exo script list shows them");
}

TEST(Baseline, takes_what_never_began) {
  EXPECT_EQ(
      taken(one_done_one_new(), {}),
      "todo-search@0.0.2, (todo@0.9.0 is left as it is: its offline phase is skipped and its online phase is "
      "skipped), (todo-search@0.0.1 is left as it is: its offline phase is done and its online phase is "
      "pending)");
  EXPECT_EQ(taken(one_done_one_new(), {"todo-search@0.0.2"}), "todo-search@0.0.2");
}

TEST(Baseline, refuses_what_is_named_and_has_begun) {
  EXPECT_EQ(
      taken(one_done_one_new(), {"todo-search@0.0.1"}),
      "does-not-fit: todo-search@0.0.1 is left as it is: its offline phase is done and its online phase is "
      "pending; baseline is for scripts that never began here, exo script mark-done for the others");
}

TEST(Baseline, leaves_what_the_host_that_runs_does_not_know) {
  const std::string left =
      " is left as it is: it came since the host that runs began; the next exo run reads it";
  EXPECT_EQ(taken(new_to_the_host(), {}),
            "(todo@0.9.0 is left as it is: its offline phase is skipped and its online phase is skipped), "
            "(todo-search@0.0.1" +
                left + "), (todo-search@0.0.2" + left + ")");
  EXPECT_EQ(
      taken(new_to_the_host(), {"todo-search@0.0.2"}),
      "does-not-fit: todo-search@0.0.2" + left + "; stop exo run, and type this again before the next one");
}

TEST(Baseline, leaves_what_a_person_has_decided_to_run) {
  const PhaseReport again{.state = "pending", .decision = "to be run again, decided by anna: a new start"};
  const ScriptList list = make_script_list(status_of(again, again), scripts_of({kSearch}), {kSearch});
  EXPECT_EQ(
      taken(list, {}),
      "(todo-search@0.0.1 is left as it is: its offline phase is pending and its online phase is pending)");
}

TEST(Baseline, takes_the_rest_of_what_was_half_taken) {
  const ScriptList half =
      make_script_list(status_of({.state = "done"}, {.state = "pending"}), scripts_of({kSearch}), {kSearch});
  EXPECT_EQ(taken(half, {"todo-search"}), "todo-search@0.0.1");
}

}  // namespace
}  // namespace exo
