#include "tests/simulation/simulated_follow_disk.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "host/follow_record.h"
#include "tests/simulation/environment.h"

namespace exo {
namespace {

std::tuple<std::uint64_t, std::uint64_t> age(const FollowLogName& name) {
  return {name.follow, name.epoch};
}

// As pwrite() does it.
void write_at(std::string& file, std::uint64_t offset, std::string_view bytes) {
  file.resize(std::max<std::size_t>(file.size(), offset + bytes.size()));
  file.replace(offset, bytes.size(), bytes);
}

}  // namespace

class SimulatedFollowFile final : public FollowFile {
 public:
  SimulatedFollowFile(FollowLogName name, SimulatedEnvironment& environment, FollowDiskUser user)
      : name_(std::move(name)), environment_(environment), user_(std::move(user)) {}

  Result<bool> find() override;
  Result<std::uint64_t> size() const override { return bytes_->size(); }
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) const override {
    return offset < bytes_->size() ? bytes_->substr(offset, size) : std::string();
  }
  Result<void> renew(std::string_view beginning, std::uint64_t end) override;
  bool is_renewed() const override { return is_renewed_; }
  Result<void> write(std::uint64_t offset, std::string_view bytes) override;
  std::string name() const override { return to_file_name({name_}); }

 private:
  bool is_mutated(Mutation mutation) const { return environment_.options.mutation == mutation; }
  bool fails() const { return environment_.disk.is_full() || environment_.strikes(1, 40); }
  Error failure() const { return {"disk-full", name() + ": no space left on device"}; }
  // What it is about to do, its host does when it wakes up; for the host it has failed, so it does it again.
  Error late(std::function<void()> deed) const;

  FollowLogName name_;
  SimulatedEnvironment& environment_;
  FollowDiskUser user_;
  std::shared_ptr<std::string> bytes_;
  bool is_renewed_ = false;
};

Error SimulatedFollowFile::late(std::function<void()> deed) const {
  environment_.note("   stopped at work on " + name());
  user_.sleep(std::move(deed));
  return {"io", name() + ": it was stopped"};
}

Result<bool> SimulatedFollowFile::find() {
  const auto* found = environment_.follow_disk.newest(
      [&](const FollowLogName& each) { return each.run == name_.run && each.follow == name_.follow; });
  if (found != nullptr && found->name.epoch > name_.epoch) return Error{"io", name() + " is a later host's"};
  bytes_ = found == nullptr ? nullptr : found->bytes;
  if (bytes_ && is_mutated(Mutation::kForgetFollowed)) {
    bytes_ = std::make_shared<std::string>(kFollowLogBeginning);
  }
  return bytes_ != nullptr;
}

Result<void> SimulatedFollowFile::renew(std::string_view beginning, std::uint64_t end) {
  if (fails()) return failure();
  std::string whole(beginning);
  if (bytes_) whole += bytes_->substr(beginning.size(), end - beginning.size());
  auto fresh = std::make_shared<std::string>(std::move(whole));
  if (bytes_ && is_mutated(Mutation::kWriteIntoFoundLog)) fresh = bytes_;
  if (environment_.strikes(1, 20)) {
    return late([this, fresh] { environment_.follow_disk.put(name_, fresh); });
  }
  environment_.follow_disk.put(name_, fresh);
  bytes_ = std::move(fresh);
  is_renewed_ = true;
  return {};
}

Result<void> SimulatedFollowFile::write(std::uint64_t offset, std::string_view bytes) {
  if (fails()) return failure();
  if (environment_.strikes(1, 20)) {
    return late([file = bytes_, offset, written = std::string(bytes)] { write_at(*file, offset, written); });
  }
  bytes_->resize(std::min<std::size_t>(bytes_->size(), offset));
  if (environment_.strikes(1, 80)) {
    bytes_->append(bytes.substr(0, environment_.random.below(bytes.size())));
    environment_.note("   torn: " + name());
    user_.die();
    return failure();
  }
  write_at(*bytes_, offset, bytes);
  return {};
}

std::unique_ptr<FollowFile> SimulatedFollowDisk::log_of(const FollowLogName& name,
                                                        SimulatedEnvironment& environment,
                                                        const FollowDiskUser& user) {
  return std::make_unique<SimulatedFollowFile>(name, environment, user);
}

const SimulatedFollowDisk::Log* SimulatedFollowDisk::newest(
    const std::function<bool(const FollowLogName&)>& is_meant) const {
  const auto found =
      std::find_if(logs_.rbegin(), logs_.rend(), [&](const Log& log) { return is_meant(log.name); });
  return found == logs_.rend() ? nullptr : &*found;
}

void SimulatedFollowDisk::put(const FollowLogName& name, Bytes bytes) {
  std::erase_if(logs_, [&](const Log& log) {
    return log.name.run == name.run && log.name.follow == name.follow && log.name.epoch <= name.epoch;
  });
  const auto place =
      std::find_if(logs_.begin(), logs_.end(), [&](const Log& log) { return age(log.name) > age(name); });
  logs_.insert(place, {name, std::move(bytes)});
}

std::vector<std::string> SimulatedFollowDisk::runs() const {
  std::set<std::string> runs;
  for (const Log& log : logs_) runs.insert(log.name.run);
  return {runs.begin(), runs.end()};
}

void SimulatedFollowDisk::remove(const std::string& run, std::uint64_t epoch) {
  std::erase_if(logs_, [&](const Log& log) { return log.name.run == run && log.name.epoch <= epoch; });
}

void SimulatedFollowDisk::lose(const std::string& run) {
  if (std::erase_if(logs_, [&](const Log& log) { return log.name.run == run; }) > 0) lost_.insert(run);
}

bool SimulatedFollowDisk::has_lost_one_of(const VersionKey& version) const {
  const std::string beginning = version.role + "-" + version.version + "-offline-";
  return std::any_of(lost_.begin(), lost_.end(),
                     [&](const std::string& run) { return run.starts_with(beginning); });
}

bool SimulatedFollowDisk::holds(const std::string& run, const std::string& payload) const {
  const Log* log = newest([&](const FollowLogName& each) { return each.run == run; });
  return log == nullptr || lost_.count(run) > 0 || log->bytes->find(payload) != std::string::npos;
}

}  // namespace exo
