// The latest hops on the bus, kept so that an activity can be shown as the tree that it was.
//
// A hop is one command on its way to one receiving role: taken, delivered, handled, replied to. It names what
// caused it by a hash of that command's id, so that nothing needs to be looked up while messages flow: the
// tree is made when somebody asks for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "bus/hashed_id.h"
#include "bus/meters.h"
#include "bus/now.h"
#include "bus/short_text.h"

namespace exo::routing {

// Times are MonotonicTime{} where that has not happened. Texts are interned by the Fleet or by the ring.
struct Hop {
  std::uint64_t number = 0;  // counts all hops from 1
  std::uint64_t activity = 0;
  std::uint64_t cause = 0;  // of the command in whose handler this was sent; 0: nobody said
  ShortText id;
  const std::string* sender = nullptr;
  const std::string* sender_version = nullptr;
  const std::string* name = nullptr;
  const std::string* receiver_name = nullptr;
  const std::string* receiver = nullptr;
  const std::string* version = nullptr;
  const std::string* reply = nullptr;  // the name of the latest
  MonotonicTime taken{};
  MonotonicTime delivered{};
  MonotonicTime handled{};
  MonotonicTime first_reply{};
  MonotonicTime last_reply{};  // of the reply that was the last one
  MonotonicTime failed{};
  std::uint32_t replies = 0;
  std::uint32_t deliveries = 0;  // more than one: redelivered
  CodeNumber code = kOtherCode;  // says something where it has failed
};

// A ring: of the fixed number of hops the oldest makes room. Its memory grows in steps until it is full, and
// from then on it allocates nothing. One thread.
class TraceRing {
 public:
  static constexpr std::size_t kHops = 32'768;  // a moment at full speed, hours of a quiet fleet; 7 MiB
  static constexpr std::size_t kTexts = 4'096;  // names that no table has, made up by peers

  // A power of two of hops.
  explicit TraceRing(std::size_t hops = kHops);

  // A fresh hop of the activity with this HashedId::hash, with its number; the caller fills it in at once.
  Hop& add(std::uint64_t activity);
  // Null where it was overwritten, or for 0.
  Hop* find(std::uint64_t number);
  std::uint64_t overwritten() const { return last_ > activities_.size() ? last_ - activities_.size() : 0; }
  // When the oldest hop that is kept was taken; MonotonicTime{} where there is none.
  MonotonicTime reaches_back_to();
  // The hops of an activity in the order in which they were taken, at most `limit` of them, the first ones.
  std::vector<const Hop*> of_activity(std::string_view activity, std::size_t limit);

  // A text that lives as long as the ring; "…" where there is no room for a new one. `likely` may be the text
  // itself, then nothing is looked up.
  const std::string* intern(std::string_view text, const std::string* likely = nullptr);

 private:
  static constexpr std::size_t kChunk = 1024;

  std::size_t place_of(std::uint64_t number) const { return (number - 1) & (activities_.size() - 1); }
  Hop& at(std::uint64_t number);
  void prefetch(std::size_t place) const;

  std::vector<std::uint64_t> activities_;  // beside the hops, so that looking for one reads little
  std::vector<std::unique_ptr<Hop[]>> chunks_;
  std::uint64_t last_ = 0;
  std::unordered_set<std::string> texts_;
  std::string no_room_ = "…";
};

}  // namespace exo::routing
