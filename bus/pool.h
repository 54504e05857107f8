// Records that are used again instead of being freed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace exo::routing {

// Owns records of type T, which has `std::uint32_t slot` (the record's place here, set by the pool) and
// `void clear()` (back to a fresh record, keeping capacities). Addresses never change, and memory is never
// given back before the pool goes: what it takes is what was in use at the worst moment. One thread.
template <typename T>
class Pool {
 public:
  T& acquire() {
    if (free_.empty()) grow();
    T& record = *free_.back();
    free_.pop_back();
    return record;
  }
  // The record's content is cleared at once; the caller holds no pointer to it any more.
  void release(T& record) {
    record.clear();
    free_.push_back(&record);
  }
  T& at(std::uint32_t slot) { return chunks_[slot / kChunk][slot % kChunk]; }
  std::size_t in_use() const { return chunks_.size() * kChunk - free_.size(); }

 private:
  static constexpr std::size_t kChunk = 64;

  void grow() {
    chunks_.push_back(std::make_unique<T[]>(kChunk));
    free_.reserve(chunks_.size() * kChunk);
    for (std::size_t i = kChunk; i-- > 0;) {
      T& record = chunks_.back()[i];
      record.slot = static_cast<std::uint32_t>((chunks_.size() - 1) * kChunk + i);
      free_.push_back(&record);
    }
  }

  std::vector<std::unique_ptr<T[]>> chunks_;
  std::vector<T*> free_;
};

}  // namespace exo::routing
