// The ports that instances listen on, one each.
//
// A port is named to an instance before the instance binds it, so nobody else may take it in between. They
// are therefore chosen below the range from which the kernel takes ports for outgoing connections and for
// those who ask for any (net.ipv4.ip_local_port_range), at random, and no two instances of this host get the
// same.
//
// Rejected: a port that the kernel chose and that was closed again. Any outgoing connection may get it next.
// A socket that is kept bound while the instance runs: a program that does not set SO_REUSEADDR could not
// bind it.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "base/result.h"

namespace exo {

// From lowest to highest; none when highest is below lowest.
struct PortRange {
  std::uint16_t lowest = 1;
  std::uint16_t highest = 0;
};

// What the kernel's own range leaves above 20,000; none where that is too little.
PortRange ports_below_the_kernels();

// Used by one thread at a time. Where the range has no free port, the kernel chooses one.
class InstancePorts {
 public:
  explicit InstancePorts(PortRange range = ports_below_the_kernels());

  // A port of 127.0.0.1 that nobody listens on. Errors are those of the kernel, with the code of
  // base/files.h.
  Result<std::uint16_t> take(const std::string& instance);
  // One that an instance of an earlier host has already.
  void reserve(const std::string& instance, std::uint16_t port) { taken_[instance] = port; }
  // Idempotent.
  void give_back(const std::string& instance) { taken_.erase(instance); }

 private:
  Result<std::uint16_t> take_from_kernel(const std::string& instance);
  bool is_taken(std::uint16_t port) const;

  PortRange range_;
  std::map<std::string, std::uint16_t> taken_;  // by instance
  std::minstd_rand random_;
};

}  // namespace exo
