#include "cli/verb.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
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

constexpr std::string_view kTcp = "tcp://";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::optional<RemoteBus>> remote_bus(const std::string& endpoint, const std::string& keys) {
  if (endpoint.compare(0, kTcp.size(), kTcp) != 0 || endpoint.rfind(':') < kTcp.size())
    return Error{"usage", "--bus " + in_quotes(endpoint) +
                              ": expected the address of a host, such as: "
                              "--bus tcp://shop.example.org:7600"};
  if (keys.empty())
    return Error{"usage", "--bus needs a file of keys: --key FILE, as exo key new has written it"};
  auto identity = read_curve_identity(keys);
  if (!identity) return identity.error();
  return std::optional(RemoteBus{.endpoint = endpoint, .keys = std::move(identity).value()});
}

}  // namespace

void add_bus_options(CLI::App& verb, BusOptions& options) {
  verb.add_option("--bus", options.endpoint,
                  "A host elsewhere, instead of an application here (default: EXO_BUS)")
      ->type_name("tcp://HOST:PORT");
  verb.add_option("--key", options.keys, "Your keys for it, from exo key new (default: EXO_CURVE_FILE)")
      ->type_name("FILE");
}

Result<std::optional<RemoteBus>> find_remote_bus(const BusOptions& options,
                                                 const ApplicationOptions& application) {
  const std::string keys = options.keys.empty() ? variable("EXO_CURVE_FILE") : options.keys;
  if (!options.endpoint.empty()) {
    if (!application.folder.empty())
      return Error{"usage", "--bus names a host elsewhere and " + in_quotes(application.folder) +
                                " an application here; leave one of them out"};
    return remote_bus(options.endpoint, keys);
  }
  // In the process of a service these are its own.
  const bool is_of_a_service = !variable("EXO_INSTANCE").empty();
  const std::string endpoint = variable("EXO_BUS");
  const bool is_elsewhere = endpoint.compare(0, kTcp.size(), kTcp) == 0 && !keys.empty();
  if (!options.keys.empty() && !is_elsewhere)
    return Error{"usage", "--key is for a host elsewhere; name that too: --bus tcp://HOST:PORT"};
  if (!application.folder.empty() || is_of_a_service || !is_elsewhere) return std::optional<RemoteBus>();
  return remote_bus(endpoint, keys);
}

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

Result<StateFolder> find_state(const ApplicationOptions& options) {
  const auto application = find_application(options);
  if (!application) return application.error();
  return find_environment(application.value(), options.environment);
}

void note(const std::string& text) {
  std::fprintf(stderr, "exo: %s\n", text.c_str());
}

void add_reason_option(CLI::App& verb, std::string& reason, const std::string& description) {
  const auto says_something = [](const std::string& text) {
    return trim(text).empty() ? std::string("it says nothing; write why") : std::string();
  };
  verb.add_option("--reason", reason, description)->type_name("TEXT")->required()->check(says_something);
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

int exit_after(bool is_printed) {
  return is_printed ? kExitDone : report_unwritten();
}

}  // namespace exo
