// A deployment script: the program that brings one service version in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mistake.h"
#include "base/unix_user.h"
#include "deployment-scripts/script_settings.h"
#include "deployment-scripts/version_key.h"

namespace exo {

// How a script is run.
enum class ScriptKind {
  kLoader,      // a file with handlers: `exo-script <path>`, of the relay for its language
  kExecutable,  // a file with the executable bit: `<path>`
  kFolder,      // a folder with a service.yml: `/bin/sh -c "exec <command>"` in it
};

// One script on disk. A value; nothing in it changes while the host runs.
struct Script {
  VersionKey brings_in;
  ScriptKind kind = ScriptKind::kLoader;
  std::string name;     // "deployment-scripts/todo-search-0.0.1.js": for people, relative to the application
  std::string path;     // absolute: the file or folder
  std::string folder;   // absolute: its working directory (the application folder for files)
  std::string command;  // non-empty exactly when kind is kFolder
  Place command_place;  // where it is written

  // What it may send, internal names. Not there for single files, which may send whatever some role receives.
  std::optional<std::vector<std::string>> sends;
  std::map<std::string, Place> sends_places;  // where each of them is written

  // Whether it may have a handler for these, as far as anybody can know who does not run it: a file of
  // handlers that does not name one has none.
  bool may_undo = false;
  bool may_verify = false;

  WantedUser user;  // of a folder that says so; otherwise that of the version that it brings in

  ScriptSettings settings;
  std::string
      settings_file;  // where its settings are, or would be: "deployment-scripts/todo-search-0.0.1.yml"

  std::string digest;            // of its content, see base/content_digest.h
  std::string digest_algorithm;  // "sha256/lf"

  bool operator==(const Script&) const = default;
};

// The script's role on the bus: "deployment-todo-search-0.0.1".
inline std::string bus_role(const VersionKey& brings_in) {
  return "deployment-" + brings_in.role + "-" + brings_in.version;
}

}  // namespace exo
