#include "base/digest.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace exo {
namespace {

// Fetched once: OpenSSL 3 otherwise looks the algorithm up at every beginning.
const EVP_MD* algorithm() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EXO_CHECK(kAlgorithm != nullptr);
  return kAlgorithm;
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  EXO_CHECK(context_ != nullptr);
  EXO_CHECK(EVP_DigestInit_ex2(context_, algorithm(), nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(context_);
}

void Sha256::update(std::string_view bytes) {
  EXO_CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest{};
  EXO_CHECK(EVP_DigestFinal_ex(context_, digest.data(), nullptr) == 1);
  EXO_CHECK(EVP_DigestInit_ex2(context_, nullptr, nullptr) == 1);
  return digest;
}

Sha256Digest sha256(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

std::string sha256_hex(std::string_view bytes) {
  return to_hex(sha256(bytes));
}

std::string to_hex(const Sha256Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0xf]);
  }
  return text;
}

}  // namespace exo
