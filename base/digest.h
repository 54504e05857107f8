// Digests: what names the content of a script, an artifact or a ledger event, so that a change of it shows.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace exo {

inline constexpr std::size_t kSha256Size = 32;
using Sha256Digest = std::array<std::uint8_t, kSha256Size>;

// A SHA-256 made piece by piece, for content that is not in memory as a whole. Used by one thread at a time.
// Each finish() begins anew, so one object digests many contents without being set up again.
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  void update(std::string_view bytes);
  // The digest of all bytes since construction or the last finish().
  Sha256Digest finish();

 private:
  evp_md_ctx_st* context_;
};

Sha256Digest sha256(std::string_view bytes);
// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);
std::string to_hex(const Sha256Digest& digest);

}  // namespace exo
