// The file of a log of followed commands, on the disk.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/unique_fd.h"
#include "host/follow_file.h"
#include "host/follow_log_name.h"

namespace exo {

// What is found is the newest file of the follow. The new one has this host's epoch in its name, so that it
// takes the place of no other host's; those that are older are removed when it is there. It is an error "io"
// where a later host has written one: this host has lost the environment.
class DiskFollowFile final : public FollowFile {
 public:
  DiskFollowFile(std::filesystem::path folder, FollowLogName name)
      : folder_(std::move(folder)), name_(std::move(name)) {}

  Result<bool> find() override;
  Result<std::uint64_t> size() const override;
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) const override;
  Result<void> renew(std::string_view beginning, std::uint64_t end) override;
  bool is_renewed() const override { return static_cast<bool>(file_); }
  Result<void> write(std::uint64_t offset, std::string_view bytes) override;
  std::string name() const override;

 private:
  // The new one, else the one that was found.
  int readable() const { return file_ ? file_.get() : old_.get(); }
  Result<UniqueFd> fresh_file(const std::string& path, std::string_view beginning, std::uint64_t end) const;
  // `path`: that of the fresh file, for what is said of it.
  Result<void> copy_old(int fresh, const std::string& path, std::uint64_t from, std::uint64_t end) const;
  Result<void> failed(std::string_view doing, int error_number, std::uint64_t end);

  Result<std::vector<FollowLogName>> files() const;  // of the follow
  std::filesystem::path path_of(const FollowLogName& name) const { return folder_ / to_file_name({name}); }
  void remove_older() const;

  std::filesystem::path folder_;
  FollowLogName name_;
  std::optional<FollowLogName> found_;
  UniqueFd old_;
  UniqueFd file_;
};

}  // namespace exo
