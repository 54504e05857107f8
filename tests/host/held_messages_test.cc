#include "host/held_messages.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace exo {
namespace {

ServiceVersion service(const std::string& role, const std::string& version,
                       std::vector<std::string> receives) {
  ServiceVersion service;
  service.role = role;
  service.version = parse_semantic_version(version).value();
  service.receives = std::move(receives);
  return service;
}

VersionStatus status(const std::string& role, const std::string& version, GateState gate) {
  VersionStatus status;
  status.key = {role, version};
  status.gate = gate;
  return status;
}

// search@1.0.0 is open, its two younger versions are held; so is book, which has a word of its own for the
// message.
class HeldReceivers : public testing::Test {
 public:
  HeldReceivers() {
    application.roles = {
        Role{.name = "search",
             .versions = {service("search", "1.0.0", {"find"}), service("search", "1.1.0", {"find", "rank"}),
                          service("search", "2.0.0", {"find"})}},
        Role{.name = "book", .versions = {service("book", "1.0.0", {"note"})}}};
    application.roles[1].versions[0].translations = {{.public_name = "book.note", .internal_name = "note"}};
  }

  std::string found(const std::string& name, const std::string& range = "") const {
    const auto receiver = find_held_receiver(application, versions, name, range);
    if (!receiver) return receiver.error().code + ": " + receiver.error().message;
    return to_text(receiver.value().version) + " " + receiver.value().internal_name;
  }

  Application application;
  std::vector<VersionStatus> versions = {
      status("search", "1.0.0", GateState::kOpen), status("search", "1.1.0", GateState::kHeld),
      status("search", "2.0.0", GateState::kHeld), status("book", "1.0.0", GateState::kHeld)};
};

TEST_F(HeldReceivers, what_nobody_receives_has_none) {
  EXPECT_EQ(found("lost"), "no-receiver: no service receives \"lost\"");
  EXPECT_EQ(found("note"), "no-receiver: no service receives \"note\"") << "it is public by another name";
}

TEST_F(HeldReceivers, the_one_that_is_held_and_receives_it_is_found) {
  EXPECT_EQ(found("rank"), "search@1.1.0 rank");
  EXPECT_EQ(found("book.note"), "book@1.0.0 note");
}

TEST_F(HeldReceivers, of_several_the_range_says_which) {
  EXPECT_EQ(found("find"),
            "ambiguous: search@1.1.0 and search@2.0.0 are held and receive it: say which with --version");
  EXPECT_EQ(found("find", "^2.0"), "search@2.0.0 find");
}

TEST_F(HeldReceivers, an_open_or_draining_gate_needs_no_passing) {
  const std::string advice = "would receive \"find\" through an open gate: send it without --held";
  EXPECT_EQ(found("find", "1.0.0"), "not-held: search@1.0.0 " + advice);
  versions[0].gate = GateState::kDraining;
  EXPECT_EQ(found("find", "1.0.0"), "not-held: search@1.0.0 " + advice);
}

TEST_F(HeldReceivers, a_range_that_holds_none_is_told) {
  EXPECT_EQ(found("find", "9.0.0"), "unknown-version: no version that receives \"find\" satisfies 9.0.0");
  EXPECT_EQ(found("find", "newest").substr(0, 16), "unknown-version:");
}

TEST_F(HeldReceivers, a_version_that_has_left_the_application_receives_nothing) {
  application.roles.pop_back();
  EXPECT_EQ(found("book.note"), "no-receiver: no service receives \"book.note\"");
}

}  // namespace
}  // namespace exo
