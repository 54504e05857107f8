#include "cli/verb.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <vector>

#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {

namespace fs = std::filesystem;

namespace {

// Of the first write to standard output that failed; 0: none did. What is done after it changes errno.
int write_error = 0;

void add_folder(CLI::App& verb, const std::string& names, ApplicationOptions& options) {
  verb.add_option(names, options.folder,
                  "Folder with the application.yml (default: the nearest one from here upwards)")
      ->type_name("FOLDER");
}

void add_environment(CLI::App& verb, ApplicationOptions& options) {
  verb.add_option("-e,--environment", options.environment, "Environment")
      ->type_name("ENVIRONMENT")
      ->capture_default_str();
}

bool is_link(const fs::path& file) {
  std::error_code failure;
  return fs::is_symlink(fs::symlink_status(file, failure));
}

std::string folder_beside(const fs::path& missing) {
  std::vector<std::string> beside;
  std::error_code failure;
  for (fs::directory_iterator each(missing.parent_path(), failure), end; !failure && each != end;
       each.increment(failure)) {
    std::error_code unknown;
    if (each->is_directory(unknown)) beside.push_back(each->path().filename().string());
  }
  std::sort(beside.begin(), beside.end());
  return did_you_mean(missing.filename().string(), beside);
}

// Why a folder that was named is none of an application.
std::string fault_of_folder(const std::string& typed, const fs::path& folder) {
  const std::string name = "'" + typed + "'";
  std::error_code failure;
  if (!fs::exists(folder, failure)) {
    if (failure && failure != std::errc::no_such_file_or_directory) {
      return "cannot look at " + name + ": " + failure.message() + "; give yourself the right to enter it";
    }
    return "there is no folder " + name + folder_beside(folder) + "; give the folder of an application.yml";
  }
  if (!fs::is_directory(folder, failure)) {
    return name + " is a file; give the folder that holds the application.yml";
  }
  if (is_link(folder / "application.yml")) {
    return "the application.yml in " + name + " is a link to " +
           fs::read_symlink(folder / "application.yml", failure).string() +
           ", which is not there; mend the link";
  }
  if (fs::exists(folder / "application.yaml", failure)) {
    return name + " holds no application.yml; rename its application.yaml";
  }
  return name + " holds no application.yml; give the folder of an application";
}

}  // namespace

void add_application_options(CLI::App& verb, ApplicationOptions& options) {
  add_folder(verb, "APPLICATION,-a,--application", options);
  add_environment(verb, options);
}

void add_named_application_options(CLI::App& verb, ApplicationOptions& options) {
  add_folder_option(verb, options);
  add_environment(verb, options);
}

void add_folder_option(CLI::App& verb, ApplicationOptions& options) {
  add_folder(verb, "-a,--application", options);
}

Result<fs::path> find_application(const ApplicationOptions& options) {
  std::error_code failure;
  if (!options.folder.empty()) {
    const fs::path folder = fs::absolute(options.folder, failure).lexically_normal();
    if (fs::exists(folder / "application.yml", failure)) return fs::canonical(folder, failure);
    if (folder.filename() == "application.yml" && fs::exists(folder, failure)) {
      return fs::canonical(folder.parent_path(), failure);
    }
    return Error{"absent", fault_of_folder(options.folder, folder)};
  }
  const fs::path here = fs::current_path();
  for (fs::path folder = here;; folder = folder.parent_path()) {
    if (fs::exists(folder / "application.yml", failure)) return folder;
    if (folder == folder.root_path()) break;
  }
  return Error{"absent",
               "neither '" + here.string() +
                   "' nor a folder above it holds an application.yml; go to an application's folder, or "
                   "name it: --application examples/todo-app"};
}

Result<StateFolder> find_environment(const fs::path& application, const std::string& environment) {
  auto state = StateFolder::of(application, environment);
  std::error_code failure;
  if (!state || fs::exists(state.value().path(), failure)) return state;
  std::vector<std::string> others;
  for (const auto& entry : fs::directory_iterator(state.value().path().parent_path(), failure)) {
    if (entry.is_directory(failure)) others.push_back(entry.path().filename().string());
  }
  if (others.empty()) return state;
  std::sort(others.begin(), others.end());
  return Error{"absent", "nothing has ever run in the environment \"" + environment + "\"" +
                             did_you_mean(environment, others) + "; there is: " + join(others, ", ")};
}

void note(const std::string& text) {
  std::fprintf(stderr, "exo: %s\n", text.c_str());
}

int report(const Error& error) {
  note(error.message);
  return error.code == "usage" ? kExitUsage : kExitFailed;
}

std::size_t columns_of_output() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool print(const std::string& text) {
  if (write_error != 0) return false;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0)
    return true;
  write_error = errno;
  return false;
}

int report_unwritten() {
  // A reader that wants no more, as `head` does, is told nothing: nobody is there to read it.
  if (write_error == EPIPE) return kExitFailed;
  return report(Error{"io", std::string("cannot write to standard output: ") + std::strerror(write_error) +
                                "; make room there, or write it elsewhere"});
}

}  // namespace exo
