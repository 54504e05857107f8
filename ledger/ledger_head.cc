#include "ledger/ledger_head.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <utility>

#include "base/files.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

constexpr std::string_view kMagic = "exo-head";
constexpr std::uint64_t kHeadFormat = 1;
constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kHashedBytes = kMagic.size() + 4 * kNumberBytes + kSha256Size;
constexpr std::size_t kUsedBytes = kHashedBytes + kSha256Size;

void add_number(std::string& bytes, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(number >> shift & 0xff));
}

std::uint64_t take_number(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(0, kNumberBytes))
    number = number << 8 | static_cast<std::uint8_t>(byte);
  bytes.remove_prefix(kNumberBytes);
  return number;
}

Sha256Digest take_digest(std::string_view& bytes) {
  Sha256Digest digest{};
  std::copy_n(bytes.begin(), digest.size(), digest.begin());
  bytes.remove_prefix(digest.size());
  return digest;
}

// Equal counters come only from two owners at once (somebody deleted the lock); the later epoch wins.
bool is_newer(const HeadSlot& left, const HeadSlot& right) {
  const auto rank = [](const HeadSlot& slot) {
    return std::make_tuple(slot.counter, slot.end.epoch, slot.end.sequence);
  };
  return rank(left) > rank(right);
}

Error damaged(const std::string& fault) {
  return ledger_failure(ledger_error::kHeadDamaged,
                        fault + "; put back the ledger.head that belongs to ledger.db");
}

// Puts the path before a message that was made without it.
Error at_path(const std::string& path, const Error& error) {
  return Error{error.code, path + " " + error.message};
}

Error cannot(std::string_view doing, const std::string& path, int error_number) {
  return ledger_system_failure("cannot " + std::string(doing) + " " + path, error_number);
}

Result<UniqueFd> open_file(const std::string& path, int flags) {
  UniqueFd file(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW));
  if (file) return file;
  if (errno != ENOENT) return cannot("open", path, errno);
  return ledger_failure(ledger_error::kHeadMissing, path + " is missing");
}

// One byte more than a head has is enough to see that there are too many.
Result<std::string> read_all(int file, const std::string& path) {
  std::string bytes(kHeadFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::pread(file, bytes.data() + size, bytes.size() - size, static_cast<off_t>(size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot("read", path, errno);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

Result<HeadContent> read_content(int file, const std::string& path) {
  const auto bytes = read_all(file, path);
  if (!bytes) return bytes.error();
  auto content = decode_head(bytes.value());
  if (!content) return at_path(path, content.error());
  return content;
}

// 0, or the errno of what failed.
int write_at(int file, std::string_view bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::size_t>(written);
  }
  return 0;
}

// What base/files.h calls it, in the ledger's words.
Error from_file_error(const Error& error) {
  if (error.code == "not-found") return ledger_failure(ledger_error::kAbsent, error.message);
  if (error.code == "not-allowed") return ledger_failure(ledger_error::kReadOnly, error.message);
  if (error.code == "disk-read-only") return ledger_failure(ledger_error::kDiskReadOnly, error.message);
  if (error.code == "disk-full") return ledger_failure(ledger_error::kDiskFull, error.message);
  return ledger_failure(ledger_error::kIo, error.message);
}

}  // namespace

std::string head_path(const std::string& folder) {
  return folder + "/ledger.head";
}

std::string encode_head_slot(const HeadSlot& slot) {
  std::string bytes;
  bytes.reserve(kHeadSlotBytes);
  bytes += kMagic;
  add_number(bytes, kHeadFormat);
  add_number(bytes, slot.counter);
  add_number(bytes, slot.end.sequence);
  add_number(bytes, slot.end.epoch);
  bytes.append(slot.end.hash.begin(), slot.end.hash.end());
  EXO_CHECK(bytes.size() == kHashedBytes);
  const Sha256Digest checksum = sha256(bytes);
  bytes.append(checksum.begin(), checksum.end());
  bytes.resize(kHeadSlotBytes, '\0');
  return bytes;
}

std::optional<HeadSlot> decode_head_slot(std::string_view bytes) {
  if (bytes.size() < kUsedBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  const Sha256Digest checksum = sha256(bytes.substr(0, kHashedBytes));
  bytes.remove_prefix(kMagic.size());
  if (take_number(bytes) != kHeadFormat) return std::nullopt;
  HeadSlot slot;
  slot.counter = take_number(bytes);
  slot.end.sequence = take_number(bytes);
  slot.end.epoch = take_number(bytes);
  slot.end.hash = take_digest(bytes);
  if (take_digest(bytes) != checksum) return std::nullopt;
  return slot;
}

Result<HeadContent> decode_head(std::string_view bytes) {
  if (bytes.size() != kHeadFileBytes) {
    const std::string size =
        bytes.size() > kHeadFileBytes ? "more bytes" : std::to_string(bytes.size()) + " bytes";
    return damaged("has " + size + " instead of " + std::to_string(kHeadFileBytes));
  }
  HeadContent content;
  content.slots = {decode_head_slot(bytes.substr(0, kHeadSlotBytes)),
                   decode_head_slot(bytes.substr(kHeadSlotBytes))};
  const auto& [first, second] = content.slots;
  if (!first && !second) return damaged("has no whole slot: both checksums are wrong");
  content.newest = !first || (second && is_newer(*second, *first)) ? 1 : 0;
  return content;
}

LedgerHead::LedgerHead(std::string path, UniqueFd file, HeadContent content)
    : path_(std::move(path)),
      file_(std::move(file)),
      content_(content),
      was_torn_(!content.slots.front() || !content.slots.back()) {}

Result<LedgerHead> LedgerHead::create(const std::string& folder) {
  const std::string bytes = encode_head_slot({.counter = 1}) + encode_head_slot({.counter = 2});
  if (auto written = write_file_atomically(head_path(folder), bytes); !written)
    return from_file_error(written.error());
  return open(folder);
}

Result<LedgerHead> LedgerHead::open(const std::string& folder) {
  std::string path = head_path(folder);
  auto file = open_file(path, O_RDWR);
  if (!file) return file.error();
  auto content = read_content(file.value().get(), path);
  if (!content) return content.error();
  return LedgerHead(std::move(path), std::move(file).value(), content.value());
}

Result<ChainEnd> LedgerHead::read(const std::string& folder) {
  const std::string path = head_path(folder);
  const auto file = open_file(path, O_RDONLY);
  if (!file) return file.error();
  // Without the lock a slot may be read while it is written. Twice in a row is not chance.
  auto content = read_content(file.value().get(), path);
  if (!content) content = read_content(file.value().get(), path);
  if (!content) return content.error();
  return content.value().newest_slot().end;
}

Result<void> LedgerHead::advance(const ChainEnd& end) {
  const std::size_t older = 1 - content_.newest;
  const HeadSlot slot{.counter = content_.newest_slot().counter + 1, .end = end};
  // Torn until it is synced, should writing it fail half-way.
  content_.slots.at(older) = std::nullopt;
  const int failed = write_at(file_.get(), encode_head_slot(slot), older * kHeadSlotBytes);
  if (failed != 0) return cannot("write", path_, failed);
  if (::fdatasync(file_.get()) != 0) return cannot("sync", path_, errno);
  content_.slots.at(older) = slot;
  content_.newest = older;
  return {};
}

}  // namespace exo
