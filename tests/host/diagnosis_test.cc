#include "host/diagnosis.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/application_diagnosis.h"
#include "host/machine_diagnosis.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;

Diagnosis of(std::vector<Finding> findings) {
  return {.application = "shop", .environment = "local", .findings = std::move(findings)};
}

TEST(Diagnosis, SaysUnderWhatIsLackingHowToMendIt) {
  const Diagnosis diagnosis =
      of({ok("node", "v20"), lacking("python", "none", "install it"), note("trust", "none")});
  EXPECT_EQ(to_text(diagnosis),
            "ok       node    v20\n"
            "lacking  python  none\n"
            "                 to mend it: install it\n"
            "note     trust   none\n"
            "one thing is lacking\n");
  EXPECT_FALSE(diagnosis.is_sound());
}

TEST(Diagnosis, IsSoundWhereThereAreOnlyNotes) {
  const Diagnosis diagnosis = of({ok("node", "v20"), note("trust", "none")});
  EXPECT_TRUE(diagnosis.is_sound());
  EXPECT_NE(to_text(diagnosis).find("\nnothing is lacking\n"), std::string::npos);
}

TEST(Diagnosis, HasTheDocumentedKeysForMachines) {
  const auto report =
      nlohmann::json::parse(to_json(of({ok("node", "v20"), lacking("python", "none", "install it")})));
  EXPECT_EQ(report.at("application"), "shop");
  EXPECT_EQ(report.at("environment"), "local");
  EXPECT_EQ(report.at("findings").at(0).at("state"), "ok");
  EXPECT_TRUE(report.at("findings").at(0).at("fix").is_null());
  EXPECT_EQ(report.at("findings").at(1).at("subject"), "python");
  EXPECT_EQ(report.at("findings").at(1).at("fix"), "install it");
}

TEST(DiagnosisOfLimits, FindsMoreInstancesThanAnyLimitAllowsLacking) {
  const std::vector<Finding> findings = diagnose_limits(1'000'000'000'000);
  EXPECT_EQ(findings.at(0).state, Finding::State::kLacking) << findings.at(0).meaning;
  EXPECT_NE(findings.at(0).fix.find("ulimit -n"), std::string::npos);
}

TEST(DiagnosisOfNode, IsANoteWhereNothingNeedsIt) {
  ApplicationFolder nowhere;  // an installation without the relay
  const Installation installation{.root = nowhere.path(), .programs = nowhere.path()};
  EXPECT_EQ(diagnose_node(installation, Need::kNeeded).state, Finding::State::kLacking);
  EXPECT_EQ(diagnose_node(installation, Need::kNotNeeded).state, Finding::State::kNote);
  EXPECT_EQ(diagnose_python(installation, Need::kNeeded).state, Finding::State::kLacking);
}

// A diagnosis of an application of one service, and what it says of one subject.
class DiagnosisOfAnApplication : public testing::Test {
 protected:
  DiagnosisOfAnApplication() {
    folder_.with("application.yml",
                 "name: shop\nservices: {web: {location: ./web}}\ndependencies: [{name: mongo}]\n");
    folder_.with("web/service.yml", "version: 0.0.1\ndevelopment: {scripts: {run: ./no-such-program}}\n");
  }

  Finding finding(const std::string& subject) {
    const Diagnosis diagnosis = diagnose(StateFolder::of(folder_.path(), "local").value());
    const auto found = std::find_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                                    [&](const Finding& each) { return each.subject == subject; });
    EXPECT_NE(found, diagnosis.findings.end()) << subject;
    return found == diagnosis.findings.end() ? Finding{} : *found;
  }

  ApplicationFolder folder_;
};

TEST_F(DiagnosisOfAnApplication, FindsAProgramThatIsNotThereLacking) {
  EXPECT_EQ(finding("program").state, Finding::State::kLacking);
  EXPECT_NE(finding("program").meaning.find("no-such-program"), std::string::npos);
}

TEST_F(DiagnosisOfAnApplication, NotesKeysThatAreNotHonoured) {
  EXPECT_EQ(finding("not honoured").state, Finding::State::kNote);
  EXPECT_NE(finding("not honoured").meaning.find("application.yml:3: dependencies: "), std::string::npos);
}

TEST_F(DiagnosisOfAnApplication, FindsAnApplicationWithMistakesLacking) {
  folder_.with("web/service.yml", "verison: 0.0.1\n");
  EXPECT_EQ(finding("application").state, Finding::State::kLacking);
  EXPECT_NE(finding("application").fix.find("exo check"), std::string::npos);
}

TEST_F(DiagnosisOfAnApplication, SaysThatServicesUnderOneUserAreNotClosedToEachOther) {
  EXPECT_NE(finding("trust").meaning.find("all services run as " + user_name(::geteuid()) + ": "),
            std::string::npos)
      << finding("trust").meaning;
}

TEST_F(DiagnosisOfAnApplication, SaysWhichServicesRunAsUsersOfTheirOwn) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may start a service as somebody else";
  folder_.with(
      "application.yml",
      "name: shop\nservices: {web: {location: ./web}, todo: {location: ./todo}, mail: {location: ./mail}}\n");
  const std::string service = "version: 0.0.1\ndevelopment: {scripts: {run: sleep 1}}\n";
  folder_.with("web/service.yml", service + "user: games\n");
  folder_.with("todo/service.yml", service + "user: games\n");
  folder_.with("mail/service.yml", service);
  EXPECT_EQ(
      finding("trust").meaning,
      "these run as users of their own: web@0.0.1 and todo@0.0.1 as games. Their tokens, secrets and data "
      "are closed to the others; services of one user are not closed to each other. As exo itself, which "
      "may do anything here, run: mail@0.0.1");
}

TEST_F(DiagnosisOfAnApplication, FindsTrustLackingWhereAServiceMayBecomeRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may start a service as somebody else";
  folder_.with("web/service.yml", "version: 0.0.1\ndevelopment: {scripts: {run: sleep 1}}\nuser: games\n");
  ::chmod(folder_.path().c_str(), 0777);
  EXPECT_EQ(finding("trust").state, Finding::State::kLacking);
  EXPECT_NE(
      finding("trust").meaning.find("web/service.yml:3: the user \"games\" may write " + folder_.path()),
      std::string::npos)
      << finding("trust").meaning;
  EXPECT_NE(finding("trust").fix.find("chmod go-w " + folder_.path()), std::string::npos);
}

TEST_F(DiagnosisOfAnApplication, SaysNothingOfTrustAsLongAsAUserIsNotThere) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may start a service as somebody else";
  folder_.with("web/service.yml", "version: 0.0.1\ndevelopment: {scripts: {run: sleep 1}}\nuser: nobdoy\n");
  EXPECT_EQ(finding("trust").meaning, "nobody can say as long as services have users that are not there");
}

TEST_F(DiagnosisOfAnApplication, FindsADamagedLedgerLacking) {
  folder_.with(".exo/local/ledger.db", "no database");
  EXPECT_EQ(finding("ledger").state, Finding::State::kLacking);
}

}  // namespace
}  // namespace exo
