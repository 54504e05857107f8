#include "deployment-scripts/script_skeleton.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/nearest_word.h"
#include "base/text.h"
#include "deployment-scripts/script_catalog.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRole = "greeter";
constexpr std::string_view kVersion = "1.2.3";
constexpr std::size_t kMaxSkeletonBytes = 64 * 1024;
constexpr std::array<const char*, 2> kLanguages{"js", "py"};

std::string replaced(std::string text, std::string_view word, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += by.size())
    text.replace(at, word.size(), by);
  return text;
}

Result<void> check_language(const std::string& language) {
  const std::vector<std::string> known = script_languages();
  if (std::find(known.begin(), known.end(), language) != known.end()) return {};
  return Error{"usage", "there is no skeleton of a deployment script in " + in_quotes(language) +
                            did_you_mean(language, known) + "; the languages are " + join_for_people(known)};
}

Result<void> check_free(const NewScript& wanted) {
  const LoadedScripts scripts = load_scripts(wanted.application);
  const Script* script = scripts.catalog.find(wanted.brings_in);
  if (script == nullptr) return {};
  return Error{"taken", to_text(wanted.brings_in) + " has a deployment script already: " + script->name};
}

// Copies one skeleton into the folder of scripts.
class Copier {
 public:
  explicit Copier(const NewScript& wanted) : wanted_(wanted) { written_.folder = wanted.application; }

  Result<void> copy(const std::string& skeleton, const std::string& name) {
    auto content = read_file((wanted_.skeletons / skeleton).string(), kMaxSkeletonBytes);
    if (!content) return content.error();
    const std::string path = std::string(kScriptsFolder) + "/" + name;
    // The version first: a role may hold its digits.
    std::string text = replaced(std::move(content).value(), kVersion, wanted_.brings_in.version);
    const auto made = files_.make_file(wanted_.application / path,
                                       replaced(std::move(text), kRole, wanted_.brings_in.role), 0666);
    if (made) written_.made.push_back(path);
    return made;
  }

  Result<void> copy_unless_there(const std::string& skeleton, const std::string& name) {
    const std::string path = std::string(kScriptsFolder) + "/" + name;
    std::error_code failure;
    if (!fs::exists(fs::symlink_status(wanted_.application / path, failure))) return copy(skeleton, name);
    written_.kept.push_back(path);
    return {};
  }

  WrittenFiles keep() {
    files_.keep();
    return std::move(written_);
  }

 private:
  const NewScript& wanted_;
  NewFiles files_;
  WrittenFiles written_;
};

}  // namespace

std::vector<std::string> script_languages() {
  return {kLanguages.begin(), kLanguages.end()};
}

Result<WrittenFiles> make_script(const NewScript& wanted) {
  if (const auto known = check_language(wanted.language); !known) return known.error();
  if (const auto free = check_free(wanted); !free) return free.error();
  const std::string name = wanted.brings_in.role + "-" + wanted.brings_in.version;
  Copier copier(wanted);
  const auto script = copier.copy("script." + wanted.language, name + "." + wanted.language);
  if (!script) return script.error();
  const auto spec = copier.copy_unless_there("spec.feature", name + ".feature");
  if (!spec) return spec.error();
  const auto nouns = copier.copy_unless_there("nouns.yml", kNounsFile);
  if (!nouns) return nouns.error();
  return copier.keep();
}

}  // namespace exo
