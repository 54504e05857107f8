#include "bus/wire/curve_keys.h"

#include <sys/stat.h>
#include <zmq.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <map>

#include "base/check.h"
#include "base/files.h"
#include "base/text.h"

namespace exo {
namespace {

constexpr std::size_t kKeySize = 40;
constexpr std::size_t kFileLimitBytes = 4096;
constexpr mode_t kForOthers = 077;
constexpr std::string_view kAlphabet =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
using KeyText = std::array<char, kKeySize + 1>;

// By word.
using Lines = std::map<std::string, std::string, std::less<>>;

Error malformed(const std::string& file, const std::string& why) {
  return {"malformed", file + ": " + why};
}

Error malformed(const std::string& file, int line, const std::string& why) {
  return {"malformed", file + ":" + std::to_string(line) + ": " + why};
}

Result<void> take_line(const std::string& file, int number, std::string_view line, Lines& lines) {
  const std::size_t space = line.find(' ');
  const std::string word(line.substr(0, space));
  const std::string_view key = space == std::string_view::npos ? "" : trim(line.substr(space));
  if (word != "server" && word != "public" && word != "secret") {
    return malformed(
        file, number,
        in_quotes(word) + " is none of server, public and secret, with one of which a line begins");
  }
  if (!is_curve_key(key)) {
    // A secret with a slip in it is still nearly the secret.
    return malformed(file, number,
                     (word == "secret" ? "what follows " + word : in_quotes(key)) +
                         " is no key, which is 40 characters of Z85");
  }
  if (!lines.emplace(word, key).second) return malformed(file, number, word + " is there twice");
  return {};
}

Result<Lines> parse_lines(const std::string& file, std::string_view content) {
  Lines lines;
  int number = 0;
  for (const std::string_view text : split(content, '\n')) {
    ++number;
    const std::string_view line = trim(text);
    if (line.empty() || line == "#" || line.substr(0, 2) == "# ") continue;
    if (const auto taken = take_line(file, number, line, lines); !taken) return taken.error();
  }
  return lines;
}

Result<CurveKeys> take_keys(const std::string& file, Lines& lines) {
  for (const char* word : {"public", "secret"}) {
    if (lines.find(word) == lines.end()) return malformed(file, std::string("there is no line ") + word);
  }
  CurveKeys keys{.public_key = lines["public"], .secret_key = lines["secret"]};
  KeyText derived{};
  if (zmq_curve_public(derived.data(), keys.secret_key.c_str()) != 0)
    return malformed(file, "the ZeroMQ of this machine cannot use it: " + std::string(zmq_strerror(errno)));
  if (keys.public_key != derived.data())
    return malformed(file, "the public key is not that of the secret one");
  return keys;
}

}  // namespace

bool has_curve() {
  return zmq_has("curve") == 1;
}

bool is_curve_key(std::string_view text) {
  if (text.size() != kKeySize || text.find_first_not_of(kAlphabet) != std::string_view::npos) return false;
  std::array<std::uint8_t, kKeySize / 5 * 4> bytes{};  // five characters may say more than four bytes can
  return zmq_z85_decode(bytes.data(), std::string(text).c_str()) != nullptr;
}

CurveKeys make_curve_keys() {
  KeyText public_key{};
  KeyText secret_key{};
  EXO_CHECK(zmq_curve_keypair(public_key.data(), secret_key.data()) == 0);
  return {.public_key = public_key.data(), .secret_key = secret_key.data()};
}

Result<CurveKeys> parse_server_keys(const std::string& name, std::string_view content) {
  auto lines = parse_lines(name, content);
  if (!lines) return lines.error();
  if (lines.value().find("server") != lines.value().end())
    return malformed(name, "the line server belongs into a program's file, and this is that of the bus");
  return take_keys(name, lines.value());
}

Result<CurveIdentity> parse_curve_identity(const std::string& name, std::string_view content) {
  auto lines = parse_lines(name, content);
  if (!lines) return lines.error();
  if (lines.value().find("server") == lines.value().end()) return malformed(name, "there is no line server");
  auto keys = take_keys(name, lines.value());
  if (!keys) return keys.error();
  return CurveIdentity{.server_key = lines.value()["server"], .own = std::move(keys).value()};
}

Result<CurveIdentity> read_curve_identity(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) == 0 && (status.st_mode & kForOthers) != 0) {
    return Error{"not-allowed",
                 file + " holds a secret key, and others may read it; type: chmod 600 " + file};
  }
  const auto content = read_file(file, kFileLimitBytes);
  if (!content) return content.error();
  return parse_curve_identity(file, content.value());
}

std::string format(const CurveKeys& keys) {
  return "public " + keys.public_key + "\nsecret " + keys.secret_key + "\n";
}

std::string format(const CurveIdentity& identity) {
  return "server " + identity.server_key + "\n" + format(identity.own);
}

}  // namespace exo
