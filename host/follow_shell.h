// The surroundings of the desk of follows in a host that runs: its broker, its journal, and a folder.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/broker.h"
#include "host/follow_log_name.h"
#include "host/follow_outside.h"
#include "host/journal.h"
#include "ledger/ledger.h"

namespace exo {

// The logs are called as host/follow_log_name.h says. Owns none of its parts.
class FollowShell final : public FollowOutside {
 public:
  struct Parts {
    Broker& broker;
    Journal& journal;
    Ledger& ledger;
    std::filesystem::path folder;
  };
  explicit FollowShell(Parts parts) : parts_(std::move(parts)) {}

  void recorded(std::uint64_t number) override { parts_.broker.recorded(number); }
  void replay(ReplayedCommand command) override { parts_.broker.replay(std::move(command)); }
  void say(std::string_view text) override { parts_.journal.say(text); }
  void warn(std::string_view text) override { parts_.journal.warn(text); }
  void note(std::string_view text) override { parts_.journal.note(text); }
  std::vector<std::string> runs_with_log() override;
  std::unique_ptr<FollowFile> log_of(const std::string& run, std::uint64_t since) override;
  void remove_logs(const std::string& run) override;

 private:
  // Those of this epoch and of earlier ones, also what is unfinished.
  std::vector<ParsedFollowLogName> names() const;
  void remove(const ParsedFollowLogName& parsed) const;

  Parts parts_;
};

}  // namespace exo
