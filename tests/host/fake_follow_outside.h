// The neighbours of the desk of follows, as a test wants them: a disk in memory that can be full, a broker
// that only remembers, and people who read.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/follow_outside.h"

namespace exo {

// What is on the disk outlives the desks that use it.
struct FakeFollowDisk {
  std::map<std::string, std::shared_ptr<std::string>> logs;  // by run
  bool is_full = false;
};

class FakeFollowFile final : public FollowFile {
 public:
  FakeFollowFile(FakeFollowDisk& disk, std::string run) : disk_(disk), run_(std::move(run)) {}

  Result<bool> find() override {
    const auto found = disk_.logs.find(run_);
    bytes_ = found == disk_.logs.end() ? nullptr : found->second;
    return bytes_ != nullptr;
  }
  Result<std::uint64_t> size() const override { return bytes_->size(); }
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) const override {
    return offset < bytes_->size() ? bytes_->substr(offset, size) : std::string();
  }
  Result<void> renew(std::string_view beginning, std::uint64_t end) override {
    if (disk_.is_full) return full();
    auto fresh = std::make_shared<std::string>(beginning);
    if (bytes_) *fresh += bytes_->substr(beginning.size(), end - beginning.size());
    disk_.logs[run_] = bytes_ = fresh;
    is_renewed_ = true;
    return {};
  }
  bool is_renewed() const override { return is_renewed_; }
  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    if (disk_.is_full) return full();
    bytes_->resize(offset);
    bytes_->append(bytes);
    return {};
  }
  std::string name() const override { return "runs/" + run_ + ".follow"; }

 private:
  Error full() const { return {"disk-full", name() + ": no space left on device"}; }

  FakeFollowDisk& disk_;
  std::string run_;
  std::shared_ptr<std::string> bytes_;
  bool is_renewed_ = false;
};

class FakeFollowOutside final : public FollowOutside {
 public:
  explicit FakeFollowOutside(FakeFollowDisk& disk) : disk_(disk) {}

  void recorded(std::uint64_t number) override { recorded_through = number; }
  void replay(ReplayedCommand command) override { replayed.push_back(std::move(command)); }
  void say(std::string_view text) override { told += "say " + std::string(text) + "\n"; }
  void warn(std::string_view text) override { told += "warn " + std::string(text) + "\n"; }
  void note(std::string_view text) override { told += "note " + std::string(text) + "\n"; }
  std::vector<std::string> runs_with_log() override {
    std::vector<std::string> runs;
    for (const auto& [run, bytes] : disk_.logs) runs.push_back(run);
    return runs;
  }
  std::unique_ptr<FollowFile> log_of(const std::string& run, std::uint64_t since) override {
    asked_since = since;
    return std::make_unique<FakeFollowFile>(disk_, run);
  }
  void remove_logs(const std::string& run) override { disk_.logs.erase(run); }

  std::uint64_t recorded_through = 0;
  std::vector<ReplayedCommand> replayed;
  std::string told;
  std::uint64_t asked_since = 0;  // of the log that was asked for last

 private:
  FakeFollowDisk& disk_;
};

}  // namespace exo
