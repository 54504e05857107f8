// A program that is on no bus, and is told so.
#include <bus/relays/cpp/relay.h>

#include <chrono>
#include <iostream>

int main() {
  exo::RelayOptions options;
  options.role = "outside";
  options.instance = "outside-1";
  options.token = "none";
  options.endpoint = "ipc:///tmp/exo-nowhere";
  exo::Relay relay(std::move(options));
  const auto connected = relay.connect(std::chrono::milliseconds(50));
  std::cout << (connected.ok() ? "connected" : connected.error().code) << '\n';
}
