#include "cli/verb.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace exo {

namespace fs = std::filesystem;

namespace {

void add_options(CLI::App& verb, const std::string& application, ApplicationOptions& options) {
  verb.add_option(application, options.folder,
                  "Folder with the application.yml (default: the nearest one from here upwards)")
      ->type_name("FOLDER");
  verb.add_option("-e,--environment", options.environment, "Environment")
      ->type_name("NAME")
      ->capture_default_str();
}

}  // namespace

void add_application_options(CLI::App& verb, ApplicationOptions& options) {
  add_options(verb, "APPLICATION,-a,--application", options);
}

void add_named_application_options(CLI::App& verb, ApplicationOptions& options) {
  add_options(verb, "-a,--application", options);
}

Result<fs::path> find_application(const ApplicationOptions& options) {
  std::error_code failure;
  if (!options.folder.empty()) {
    const fs::path folder = fs::absolute(options.folder, failure).lexically_normal();
    if (fs::exists(folder / "application.yml", failure)) return fs::canonical(folder, failure);
    if (folder.filename() == "application.yml" && fs::exists(folder, failure)) {
      return fs::canonical(folder.parent_path(), failure);
    }
    if (!fs::exists(folder, failure)) {
      return Error{"absent",
                   "there is no folder '" + options.folder + "'; give the folder of an application.yml"};
    }
    return Error{"absent",
                 "'" + options.folder + "' holds no application.yml; give the folder of an application"};
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

int report(const Error& error) {
  std::fprintf(stderr, "exo: %s\n", error.message.c_str());
  return error.code == "usage" ? kExitUsage : kExitFailed;
}

bool print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
}

int report_unwritten() {
  // A reader that wants no more, as `head` does, is told nothing: nobody is there to read it.
  if (errno == EPIPE) return kExitFailed;
  return report(Error{"io", std::string("cannot write to standard output: ") + std::strerror(errno)});
}

}  // namespace exo
