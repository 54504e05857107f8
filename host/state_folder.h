// Where an environment keeps its state on this machine.
//
// `.exo/<environment>/` of the application folder, or `$EXO_HOME/<application>-<digest>/<environment>/` where
// EXO_HOME is set. `.exo/` ignores itself, so that the working tree stays as it was. Sockets are in a short
// folder of their own, because the path of a Unix socket holds at most 107 bytes; the file `bus` names it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"

namespace exo {

// Who besides its owner may pass through a folder, to what lies in it and is theirs. Nobody but the owner may
// list or write it.
enum class Visitors { kNone, kOtherUsers };

// The paths of one environment's state. A value; creates nothing by itself.
class StateFolder {
 public:
  // `environment` must be a plain word (letters, digits, `-`, `_`): Error `usage` otherwise. Error
  // `not-allowed` when the folder is there, and another user's who lets nobody in.
  static Result<StateFolder> of(const std::filesystem::path& application, const std::string& environment);

  const std::filesystem::path& application() const { return application_; }
  const std::filesystem::path& path() const { return path_; }
  const std::string& environment() const { return environment_; }

  std::filesystem::path logs() const { return path_ / "logs"; }
  std::filesystem::path runs() const { return path_ / "runs"; }
  std::filesystem::path data() const { return path_ / "data"; }
  std::filesystem::path artifacts() const { return path_ / "artifacts"; }
  // What versions run from: artifacts, unpacked.
  std::filesystem::path copies() const { return path_ / "copies"; }
  std::filesystem::path tokens() const { return path_ / "tokens"; }
  // What Python compiles for services that run as exo itself.
  std::filesystem::path python_cache() const { return path_ / "python-cache"; }
  std::filesystem::path key_file() const { return path_ / "key"; }
  // Holds the endpoint of the host that runs now, and is removed when it stops.
  std::filesystem::path bus_file() const { return path_ / "bus"; }

  // Makes the folders (0700) where they are missing. Idempotent. The error names the path and what the system
  // said, and what to do.
  Result<void> create() const;
  // Makes the environment's key (0600) where it is missing. Only the owner of the ledger may call it, so that
  // there is never more than one.
  Result<void> create_key() const;

  // Whether this user made it, or was given it; false where nothing is there.
  bool belongs_to(uid_t user) const;

  // Lets the users of services pass to their tokens, data and copies, or closes that way again; what else is
  // there is closed to them first. Idempotent. Only the owner of the ledger may call it, once the ledger is
  // there.
  Result<void> admit(Visitors visitors) const;

  // Removes the tokens of processes whose host was killed, but of those that run on: instances. Only the
  // owner of the ledger may call it.
  void remove_stale_tokens(const std::set<std::string>& running) const;

  // Removes the file that names this endpoint; leaves one that names another, which another host has written.
  void forget_bus(const std::string& endpoint) const;

  // Removes the sockets that a host which was killed left behind. Only the owner of the ledger may call it:
  // then no host uses them any more.
  void remove_stale_sockets() const;

  // The secret that proves a person or a command line to be exo-operator. Error `absent` or `io`.
  Result<std::string> key() const;
  // The endpoint that the running host wrote. Error `absent` or `io`.
  Result<std::string> bus() const;
  // The folder of that endpoint, where it is one that a SocketFolder has made; else nullopt.
  std::optional<std::filesystem::path> socket_folder() const;

 private:
  Result<void> may_be_entered() const;
  Result<void> create_folders() const;
  Result<void> close_what_is_exos() const;

  std::filesystem::path application_;
  std::filesystem::path path_;
  std::string environment_;
};

// A new folder for sockets, with a path short enough for them and for these visitors to pass; removed with
// all in it when destroyed.
class SocketFolder {
 public:
  static Result<SocketFolder> create(Visitors visitors = Visitors::kNone);
  // The folder of an earlier host, which processes know that run on. Made again where it is gone.
  static Result<SocketFolder> find(const std::filesystem::path& path, Visitors visitors);
  SocketFolder(SocketFolder&& other) noexcept;
  SocketFolder& operator=(SocketFolder&&) = delete;
  SocketFolder(const SocketFolder&) = delete;
  SocketFolder& operator=(const SocketFolder&) = delete;
  ~SocketFolder();

  const std::filesystem::path& path() const { return path_; }
  // It stays when this is destroyed.
  void leave() { path_.clear(); }

 private:
  explicit SocketFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace exo
