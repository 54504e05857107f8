// Takes a person's message past the gate of a held version: what `exo send --held` asks `exo` for.
//
//   exo.send-held    {name, version, payload, wants}   wants: "answers" or "acceptance"
//     → exo.held-answer  {name, sender, version, payload}   one for each reply of the version, or one of
//     nulls
//                                                           when only the acceptance is wanted
//
// The ledger holds that the gate was passed before the message goes; the receiver sees it as one of exo's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "bus/broker.h"
#include "bus/events.h"
#include "deployment-scripts/rollout_status.h"
#include "host/status_report.h"
#include "ledger/event.h"
#include "services/application.h"

namespace exo {

struct HeldReceiver {
  VersionKey version;
  std::string internal_name;  // the version's own for the message
};

// The one held version that receives this public name and is in the range; an empty range holds every
// version. Errors: `no-receiver`; `not-held`: those that receive it are open to all; `unknown-version`: none
// is in the range; `ambiguous`: several are held.
Result<HeldReceiver> find_held_receiver(const Application& application,
                                        const std::vector<VersionStatus>& versions, std::string_view name,
                                        const std::string& range);

inline constexpr std::size_t kHeldMessagesUnderWay = 1000;  // the oldest gives way

// Used by the host's thread; owns nothing of its parts.
class HeldMessages {
 public:
  struct Parts {
    const Application& application;
    Broker& broker;
    bool allowed = false;  // whether people may send in this environment
    std::function<std::vector<VersionStatus>()> versions;
    std::function<std::vector<InstanceReport>(const VersionKey&)> instances;
    std::function<Result<void>(LedgerEvent)> record;
  };
  explicit HeldMessages(Parts parts) : parts_(std::move(parts)) {}

  // Of an operator's command: records and sends what it asks for, or answers it with the error. Of an answer
  // or an error of a version: hands it on. False when the message is neither.
  bool take(const MessageToExo& message);

 private:
  struct Asker {
    std::string instance;
    std::string id;
    std::string activity;
    VersionKey receiver;
    std::uint64_t pages = 0;  // handed on
  };
  struct Request;

  void send(const MessageToExo& command);
  void hand_on(const MessageToExo& answer, Asker& asker);
  static Result<Request> read(const MessageToExo& command);
  Result<void> send(const MessageToExo& command, const Request& request);
  void pass(const MessageToExo& command, const Request& request, const HeldReceiver& receiver,
            const std::string& instance);
  Result<std::string> ready_instance(const VersionKey& version) const;
  Result<void> record(const MessageToExo& command, const Request& request, const VersionKey& version);
  void reply(const Asker& asker, const std::string& json, bool more);
  void refuse(const Asker& asker, const std::string& name, const Error& error);
  std::string public_name(const VersionKey& version, const std::string& internal_name) const;

  Parts parts_;
  std::map<std::uint64_t, Asker> askers_;  // by the number in the id of what was sent
  std::uint64_t sent_ = 0;
};

}  // namespace exo
