#include "services/keeper/keeper_door.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

constexpr char kName[] = "keeper.sock";
constexpr int kBacklog = 16;

Error door_error(const std::string& state_folder, int error) {
  return {"door", "the keeper's socket \"" + state_folder + "/" + kName + "\": " + std::strerror(error)};
}

UniqueFd open_folder(const std::string& folder) {
  return UniqueFd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

sockaddr_un address_in(const UniqueFd& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + kName;
  EXO_CHECK(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

bool may_come_in(const UniqueFd& peer) {
  ucred who{};
  socklen_t size = sizeof who;
  if (::getsockopt(peer.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
  return who.uid == ::geteuid() || who.uid == 0;
}

}  // namespace

Result<KeeperDoor> KeeperDoor::open(const std::string& state_folder) {
  UniqueFd folder = open_folder(state_folder);
  if (!folder) return door_error(state_folder, errno);
  if (::unlinkat(folder.get(), kName, 0) != 0 && errno != ENOENT) return door_error(state_folder, errno);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return door_error(state_folder, errno);
  const sockaddr_un address = address_in(folder);
  const mode_t mask = ::umask(S_IRWXG | S_IRWXO | S_IXUSR);
  const int bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(mask);
  if (bound != 0) return door_error(state_folder, error);
  if (::listen(socket.get(), kBacklog) != 0) return door_error(state_folder, errno);
  return KeeperDoor(std::move(folder), std::move(socket));
}

KeeperDoor::~KeeperDoor() {
  if (folder_) ::unlinkat(folder_.get(), kName, 0);
}

UniqueFd KeeperDoor::accept() const {
  UniqueFd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  return peer && may_come_in(peer) ? std::move(peer) : UniqueFd();
}

Result<UniqueFd> connect_to_keeper(const std::string& state_folder) {
  const UniqueFd folder = open_folder(state_folder);
  if (!folder) return door_error(state_folder, errno);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return door_error(state_folder, errno);
  const sockaddr_un address = address_in(folder);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return socket;
  if (errno == ENOENT || errno == ECONNREFUSED)
    return Error{"absent", "no keeper runs in \"" + state_folder + "\""};
  return door_error(state_folder, errno);
}

}  // namespace exo
