#include "tests/simulation/simulated_follow_disk.h"

#include <algorithm>
#include <utility>

#include "host/follow_record.h"
#include "tests/simulation/environment.h"

namespace exo {

class SimulatedFollowFile final : public FollowFile {
 public:
  SimulatedFollowFile(std::string run, SimulatedEnvironment& environment, std::function<void()> die)
      : run_(std::move(run)), environment_(environment), die_(std::move(die)) {}

  Result<bool> find() override;
  Result<std::uint64_t> size() const override { return bytes_->size(); }
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) const override {
    return offset < bytes_->size() ? bytes_->substr(offset, size) : std::string();
  }
  Result<void> renew(std::string_view beginning, std::uint64_t end) override;
  bool is_renewed() const override { return is_renewed_; }
  Result<void> write(std::uint64_t offset, std::string_view bytes) override;
  std::string name() const override { return run_ + ".follow"; }

 private:
  bool is_mutated(Mutation mutation) const { return environment_.options.mutation == mutation; }
  bool fails() const { return environment_.disk.is_full() || environment_.strikes(1, 40); }
  Error failure() const { return {"disk-full", name() + ": no space left on device"}; }

  std::string run_;
  SimulatedEnvironment& environment_;
  std::function<void()> die_;
  std::shared_ptr<std::string> bytes_;
  bool is_renewed_ = false;
};

Result<bool> SimulatedFollowFile::find() {
  const auto& logs = environment_.follow_disk.logs_;
  const auto found = logs.find(run_);
  bytes_ = found == logs.end() ? nullptr : found->second;
  if (bytes_ && is_mutated(Mutation::kForgetFollowed)) {
    bytes_ = std::make_shared<std::string>(kFollowLogBeginning);
  }
  return bytes_ != nullptr;
}

Result<void> SimulatedFollowFile::renew(std::string_view beginning, std::uint64_t end) {
  if (fails()) return failure();
  std::string fresh(beginning);
  if (bytes_) fresh += bytes_->substr(beginning.size(), end - beginning.size());
  bytes_ = std::make_shared<std::string>(std::move(fresh));
  environment_.follow_disk.logs_[run_] = bytes_;
  is_renewed_ = true;
  return {};
}

Result<void> SimulatedFollowFile::write(std::uint64_t offset, std::string_view bytes) {
  if (fails()) return failure();
  bytes_->resize(offset);
  if (environment_.strikes(1, 80)) {
    bytes_->append(bytes.substr(0, environment_.random.below(bytes.size())));
    environment_.note("   torn: " + name());
    die_();
    return failure();
  }
  bytes_->append(bytes);
  return {};
}

std::unique_ptr<FollowFile> SimulatedFollowDisk::log_of(const std::string& run,
                                                        SimulatedEnvironment& environment,
                                                        std::function<void()> die) {
  return std::make_unique<SimulatedFollowFile>(run, environment, std::move(die));
}

std::vector<std::string> SimulatedFollowDisk::runs() const {
  std::vector<std::string> runs;
  for (const auto& [run, bytes] : logs_) runs.push_back(run);
  return runs;
}

void SimulatedFollowDisk::lose(const std::string& run) {
  if (logs_.erase(run) > 0) lost_.insert(run);
}

bool SimulatedFollowDisk::has_lost_one_of(const VersionKey& version) const {
  const std::string beginning = version.role + "-" + version.version + "-offline-";
  return std::any_of(lost_.begin(), lost_.end(),
                     [&](const std::string& run) { return run.starts_with(beginning); });
}

bool SimulatedFollowDisk::holds(const std::string& run, const std::string& payload) const {
  const auto found = logs_.find(run);
  return found == logs_.end() || found->second->find(payload) != std::string::npos;
}

}  // namespace exo
