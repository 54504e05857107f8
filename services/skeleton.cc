#include "services/skeleton.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "base/nearest_word.h"
#include "base/text.h"
#include "services/application.h"
#include "services/application_edit.h"
#include "services/names.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRoleOfSkeletons = "greeter";
constexpr std::string_view kApplicationFile = "application.yml";

struct Skeleton {
  const char* language;
  const char* folder;
};
constexpr std::array<Skeleton, 3> kSkeletons{{{"js", "javascript"}, {"py", "python"}, {"cpp", "cpp"}}};

// Replaces a file's content at once, with the mode that it had.
Result<void> replace_content(const fs::path& path, std::string_view content) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return file_error("read", path.string(), errno);
  NewFiles temporary;
  const fs::path written = temporary_name(path.string());
  const auto made = temporary.make_file(written, content, status.st_mode & 0777U);
  if (!made) return made;
  if (::chmod(written.c_str(), status.st_mode & 0777U) != 0) return file_error("write", path.string(), errno);
  if (::rename(written.c_str(), path.c_str()) != 0) return file_error("write", path.string(), errno);
  temporary.keep();
  return {};
}

std::string in_role(std::string text, const std::string& role) {
  for (std::size_t at = 0; (at = text.find(kRoleOfSkeletons, at)) != std::string::npos; at += role.size())
    text.replace(at, kRoleOfSkeletons.size(), role);
  return text;
}

Result<void> check_role(const std::string& role) {
  if (const std::string fault = fault_of_role(role); !fault.empty())
    return Error{"usage", in_quotes(role) + " " + fault};
  for (const char* section : {"public", "private", "worker"}) {
    if (role == section)
      return Error{"usage",
                   in_quotes(role) + " would be read as a kind of services; name what the service does"};
  }
  return {};
}

Result<fs::path> find_skeleton(const NewService& service) {
  for (const Skeleton& skeleton : kSkeletons) {
    if (service.language == skeleton.language) return service.skeletons / skeleton.folder;
  }
  return Error{"usage", "there is no skeleton in " + in_quotes(service.language) + "; the languages are " +
                            join_for_people(skeleton_languages())};
}

// The files of a skeleton, relative to it, sorted.
Result<std::vector<std::string>> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  std::error_code failure;
  for (fs::recursive_directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    if (entry->is_regular_file(failure)) files.push_back(entry->path().lexically_relative(folder).string());
  }
  if (failure || files.empty())
    return Error{"absent",
                 "exo's own folder '" + folder.string() + "' cannot be read; install exo completely"};
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> copy_skeleton(const fs::path& skeleton, const fs::path& application, const std::string& role,
                           NewFiles& files, WrittenFiles& written) {
  const auto names = files_below(skeleton);
  if (!names) return names.error();
  for (const std::string& name : names.value()) {
    auto content = read_file((skeleton / name).string(), kMaxYamlFileBytes);
    if (!content) return content.error();
    std::error_code failure;
    const auto permissions = fs::status(skeleton / name, failure).permissions();
    const bool runs = (permissions & fs::perms::owner_exec) != fs::perms::none;
    const std::string path = role + "/" + name;
    const auto made =
        files.make_file(application / path, in_role(std::move(content).value(), role), runs ? 0777 : 0666);
    if (!made) return made;
    written.made.push_back(path);
  }
  return {};
}

}  // namespace

std::vector<std::string> skeleton_languages() {
  std::vector<std::string> words(kSkeletons.size());
  std::transform(kSkeletons.begin(), kSkeletons.end(), words.begin(),
                 [](const Skeleton& skeleton) { return skeleton.language; });
  return words;
}

Result<WrittenFiles> make_application(const fs::path& folder) {
  NewFiles files;
  const std::string name = folder.filename().string();
  if (has_control_characters(name) || !is_utf8(name))
    return Error{"usage",
                 "the folder " + in_quotes(name) + " cannot give the application its name; choose another"};
  const auto made = files.make_file(folder / kApplicationFile, new_application(name), 0666);
  if (!made) return made.error();
  files.keep();
  return WrittenFiles{.folder = folder, .made = {std::string(kApplicationFile)}, .changed = {}};
}

Result<WrittenFiles> make_service(const NewService& service) {
  if (const auto sound = check_role(service.role); !sound) return sound.error();
  const auto skeleton = find_skeleton(service);
  if (!skeleton) return skeleton.error();
  std::error_code failure;
  const fs::path file = fs::canonical(service.application / kApplicationFile, failure);
  if (failure) return file_error("read", (service.application / kApplicationFile).string(), failure.value());
  const auto text = read_file(file.string(), kMaxYamlFileBytes);
  if (!text) return text.error();
  const auto edited = add_service(text.value(), service.role);
  if (!edited) {
    const bool names_itself = edited.error().code == "malformed";
    return Error{edited.error().code, names_itself
                                          ? edited.error().message
                                          : std::string(kApplicationFile) + " " + edited.error().message};
  }
  NewFiles files;
  WrittenFiles written{.folder = service.application, .made = {}, .changed = {std::string(kApplicationFile)}};
  const auto copied = copy_skeleton(skeleton.value(), service.application, service.role, files, written);
  if (!copied) return copied.error();
  if (const auto replaced = replace_content(file, edited.value()); !replaced) return replaced.error();
  files.keep();
  return written;
}

}  // namespace exo
