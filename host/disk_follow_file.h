// The file of a log of followed commands, on the disk.
#pragma once

#include <filesystem>
#include <memory>

#include "base/unique_fd.h"
#include "host/follow_file.h"

namespace exo {

// What is unfinished of it is at `path`.new, which anybody may remove who holds the environment.
class DiskFollowFile final : public FollowFile {
 public:
  explicit DiskFollowFile(std::filesystem::path path) : path_(std::move(path)) {}

  Result<bool> find() override;
  Result<std::uint64_t> size() const override;
  Result<std::string> read_at(std::uint64_t offset, std::size_t size) const override;
  Result<void> renew(std::string_view beginning, std::uint64_t end) override;
  bool is_renewed() const override { return static_cast<bool>(file_); }
  Result<void> write(std::uint64_t offset, std::string_view bytes) override;
  std::string name() const override { return path_.string(); }

 private:
  // The new one, else the one that was found.
  int readable() const { return file_ ? file_.get() : old_.get(); }
  Result<UniqueFd> fresh_file(const std::string& path, std::string_view beginning, std::uint64_t end) const;
  Result<void> copy_old(int fresh, std::uint64_t from, std::uint64_t end) const;
  Result<void> failed(std::string_view doing, int error_number, std::uint64_t end);

  std::filesystem::path path_;
  UniqueFd old_;
  UniqueFd file_;
};

}  // namespace exo
