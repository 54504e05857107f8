#include "host/fleet.h"

#include <algorithm>

#include "base/ids.h"

namespace exo {

Fleet::Fleet(Parts parts) : parts_(parts) {}

void Fleet::start(const VersionKey& version) {
  members_.push_back({.version = version});
  members_.back().start_at = monotonic_now();
}

void Fleet::stop() {
  stopping_ = true;
}

Fleet::Member* Fleet::find(const std::string& instance) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.instance == instance; });
  return found == members_.end() ? nullptr : &*found;
}

void Fleet::launch(Member& member) {
  const ServiceVersion* version =
      parts_.application.find_version(member.version.role, member.version.version);
  member.instance = member.version.role + "-" + member.version.version + "-" + random_id(40);
  member.state = "starting";
  member.start_at.reset();
  auto launch = parts_.launcher.instance(*version, member.instance);
  if (!launch) return gone(member, launch.error().message, {});
  member.port = launch.value().port;
  member.ready_until = monotonic_now() + version->readiness;
  parts_.broker.admit(launch.value().admission);
  parts_.keeper.spawn(std::move(launch.value().process));
}

void Fleet::registered(const InstanceRegistered& event) {
  Member* member = find(event.instance);
  if (member == nullptr) return;
  member->state = "ready";
  member->ready_until.reset();
  changed_ = true;
  parts_.inputs.push_back(rollout::InstanceReady{member->version});
}

void Fleet::lost(const InstanceLost& event) {
  Member* member = find(event.instance);
  if (member == nullptr || member->state != "ready") return;
  member->state = "starting";
  changed_ = true;
  parts_.inputs.push_back(rollout::InstanceLost{member->version});
}

void Fleet::started(const ProcessStarted& event) {
  if (Member* member = find(event.id)) member->pid = event.pid;
}

void Fleet::failed_to_start(const ProcessFailedToStart& event) {
  if (Member* member = find(event.id)) gone(*member, event.message, {});
}

void Fleet::exited(const ProcessExited& event) {
  if (Member* member = find(event.id)) gone(*member, event.status.describe(), event.last_lines);
}

void Fleet::gone(Member& member, const std::string& how, const std::vector<std::string>& last_lines) {
  parts_.broker.dismiss(member.instance);
  parts_.launcher.forget(member.instance);
  if (member.state == "ready") parts_.inputs.push_back(rollout::InstanceLost{member.version});
  member.state = "waiting";
  member.pid = 0;
  member.last_lines = last_lines;
  changed_ = true;
  if (stopping_) return;
  parts_.journal.warn(to_text(member.version) + " ended: " + how + "; starting it again");
  member.start_at = monotonic_now() + member.pause;
  member.pause = std::min(member.pause * 2, std::chrono::milliseconds{30'000});
  ++member.restarts;
}

bool Fleet::tick(MonotonicTime now) {
  for (Member& member : members_) {
    if (stopping_) break;
    if (member.start_at && *member.start_at <= now) launch(member);
    if (member.ready_until && *member.ready_until <= now) {
      member.ready_until.reset();
      parts_.inputs.push_back(rollout::InstanceNotReady{member.version, "it did not become ready in time"});
    }
  }
  return std::exchange(changed_, false);
}

std::optional<MonotonicTime> Fleet::wake_at() const {
  std::optional<MonotonicTime> earliest;
  for (const Member& member : members_) {
    for (const auto& time : {member.start_at, member.ready_until}) {
      if (time && !stopping_ && (!earliest || *time < *earliest)) earliest = time;
    }
  }
  return earliest;
}

std::vector<InstanceReport> Fleet::reports(const VersionKey& version) const {
  std::vector<InstanceReport> reports;
  for (const Member& member : members_) {
    if (member.version != version) continue;
    reports.push_back({.id = member.instance,
                       .pid = member.pid,
                       .state = member.state,
                       .restarts = member.restarts,
                       .port = member.port});
  }
  return reports;
}

std::vector<ReadyInstance> Fleet::ready() const {
  std::vector<ReadyInstance> ready;
  for (const Member& member : members_) {
    if (member.state == "ready") ready.push_back({.version = member.version, .port = member.port});
  }
  return ready;
}

std::vector<std::vector<std::string>> Fleet::stop_batches() const {
  std::vector<std::vector<std::string>> batches;
  for (const Member& member : members_) batches.insert(batches.begin(), {member.instance});
  return batches;
}

}  // namespace exo
