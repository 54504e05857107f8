#include "bus/relays/cpp/operator_options.h"

#include <cstddef>
#include <utility>

#include "base/files.h"
#include "base/ids.h"
#include "base/text.h"

namespace exo {
namespace {

constexpr std::size_t kKeyFileLimitBytes = 4096;
constexpr std::size_t kInstanceBits = 64;

}  // namespace

Result<RelayOptions> operator_options(const std::string& bus, const std::string& key_file) {
  RelayOptions options;
  options.endpoint = bus;
  options.role = "exo-operator";
  options.instance = "operator-" + random_hex(kInstanceBits);
  if (bus.starts_with("tcp://")) {
    auto keys = read_curve_identity(key_file);
    if (!keys) return keys.error();
    options.curve = std::move(keys).value();
    return options;
  }
  const auto key = read_file(key_file, kKeyFileLimitBytes);
  if (!key) return key.error();
  options.token = std::string(trim(key.value()));
  if (options.token.empty())
    return Error{"malformed", key_file + " is empty; it is the file `key` of the environment's folder"};
  return options;
}

}  // namespace exo
