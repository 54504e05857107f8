// The keys of a bus and of people, as files of the state; and where a bus listens, as it is typed.
#include "host/bus_keys.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/check.h"
#include "host/bus_listening.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;

class BusKeysTest : public testing::Test {
 protected:
  BusKeysTest() : state_(StateFolder::of(folder_.path(), "local").value()) {
    EXO_CHECK(state_.create().ok());
  }
  static void write(const std::filesystem::path& file, const std::string& content) {
    std::ofstream(file) << content;
  }

  ApplicationFolder folder_;
  StateFolder state_;
  std::string anna_ = make_curve_keys().public_key;
  std::string ben_ = make_curve_keys().public_key;
};

TEST_F(BusKeysTest, AreMadeOnceForTheOwnerAlone) {
  const auto made = make_bus_keys(state_);
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(make_bus_keys(state_).value().secret_key, made.value().secret_key);
  EXPECT_EQ(read_bus_keys(state_).value().public_key, made.value().public_key);
  struct stat status {};
  ASSERT_EQ(::stat(bus_keys_file(state_).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(BusKeysTest, ThatAreMissingAreToBeMadeByAHost) {
  EXPECT_EQ(read_bus_keys(state_).error().code, "absent");
}

TEST_F(BusKeysTest, ThatAreDamagedAreNeverReplaced) {
  const auto made = make_bus_keys(state_);
  ASSERT_TRUE(made.ok());
  const std::string whole = format(made.value());
  for (std::size_t length = 0; length + 1 < whole.size(); ++length) {
    write(bus_keys_file(state_), whole.substr(0, length));
    const auto again = make_bus_keys(state_);
    ASSERT_FALSE(again.ok()) << length;
    EXPECT_EQ(again.error().code, "malformed");
    EXPECT_EQ(again.error().message.find(bus_keys_file(state_).string()), 0U) << again.error().message;
    EXPECT_NE(again.error().message.find("put it back as it was"), std::string::npos);
  }
}

TEST_F(BusKeysTest, NobodyIsListedWithoutAList) {
  EXPECT_TRUE(read_operator_keys(state_).value().empty());
}

TEST_F(BusKeysTest, AListIsReadAsItWasWritten) {
  const std::vector<OperatorKey> keys{{.who = "anna", .public_key = anna_},
                                      {.who = "ben", .public_key = ben_}};
  ASSERT_TRUE(write_operator_keys(state_, keys).ok());
  EXPECT_EQ(read_operator_keys(state_).value(), keys);
}

TEST_F(BusKeysTest, AListMayHaveRemarks) {
  const auto keys = parse_operator_keys("operators", "# of the shop\n\n  anna   " + anna_ + "  \n");
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  EXPECT_EQ(keys.value(), (std::vector<OperatorKey>{{.who = "anna", .public_key = anna_}}));
}

TEST_F(BusKeysTest, ASlipInAListIsNamedWithLineAndValue) {
  const auto fault = [](const std::string& content) {
    return parse_operator_keys("operators", content).error().message;
  };
  EXPECT_EQ(fault("anna short\n"),
            "operators:1: \"short\" is no public key, which is 40 characters; write: NAME KEY");
  EXPECT_EQ(fault("\nanna\n"), "operators:2: \"\" is no public key, which is 40 characters; write: NAME KEY");
  EXPECT_EQ(fault("an/na " + anna_),
            "operators:1: \"an/na\" is no name of a person; it is letters, digits, '-', '_', '.' and '@'");
  EXPECT_EQ(fault("anna " + anna_ + "\nben " + anna_),
            "operators:2: the key " + anna_ + " is listed already, for anna");
}

TEST_F(BusKeysTest, TheWatchTellsOfEachChangeOnce) {
  OperatorKeysWatch watch(state_);
  const auto first = watch.look();
  ASSERT_TRUE(first && first->ok());
  EXPECT_TRUE(first->value().empty());
  EXPECT_FALSE(watch.look());
  ASSERT_TRUE(write_operator_keys(state_, {{.who = "anna", .public_key = anna_}}).ok());
  const auto second = watch.look();
  ASSERT_TRUE(second && second->ok());
  EXPECT_EQ(second->value().size(), 1U);
  EXPECT_FALSE(watch.look());
  write(operators_file(state_), "anna short\n");
  const auto third = watch.look();
  ASSERT_TRUE(third);
  EXPECT_FALSE(third->ok());
  EXPECT_FALSE(watch.look());
}

TEST(BusListeningTest, TakesAddressesOfThisMachine) {
  for (const char* endpoint :
       {"tcp://127.0.0.1:0", "tcp://0.0.0.0:7600", "tcp://[::]:7600", "tcp://[::1]:65535"})
    EXPECT_TRUE(check_listening(endpoint).ok()) << endpoint;
}

TEST(BusListeningTest, NamesWhatIsNone) {
  for (const char* endpoint : {"", "tcp://", "tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://127.0.0.1:65536",
                               "tcp://shop.example.org:7600", "tcp://:7600", "tcp://*:7600", "ipc:///tmp/bus",
                               "127.0.0.1:7600", "tcp://::1:7600", "tcp://127.0.0.1:76x"}) {
    const auto checked = check_listening(endpoint);
    ASSERT_FALSE(checked.ok()) << endpoint;
    EXPECT_EQ(checked.error().code, "usage");
    EXPECT_NE(checked.error().message.find("--listen \"" + std::string(endpoint) + "\""), std::string::npos);
  }
}

TEST(BusListeningTest, IsReachedFromHereOnLoopback) {
  EXPECT_EQ(reached_from_here("tcp://0.0.0.0:7600"), "tcp://127.0.0.1:7600");
  EXPECT_EQ(reached_from_here("tcp://[::]:7600"), "tcp://[::1]:7600");
  EXPECT_EQ(reached_from_here("tcp://10.0.0.3:7600"), "tcp://10.0.0.3:7600");
}

}  // namespace
}  // namespace exo
