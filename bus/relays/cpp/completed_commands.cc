#include "bus/relays/cpp/completed_commands.h"

#include <utility>

namespace exo::relaying {

void CompletedCommands::add(std::string id, std::vector<ReplyPage> reply) {
  std::size_t bytes = 0;
  for (const ReplyPage& page : reply) bytes += page.payload.size() + page.name.size();
  if (bytes > limits_.bytes || limits_.commands == 0 || completed_.count(id) > 0) return;
  while (completed_.size() >= limits_.commands || bytes_ + bytes > limits_.bytes) forget_oldest();
  bytes_ += bytes;
  oldest_first_.push_back(id);
  completed_.emplace(std::move(id), Completed{std::move(reply), bytes});
}

void CompletedCommands::forget_oldest() {
  const auto oldest = completed_.find(oldest_first_.front());
  bytes_ -= oldest->second.bytes;
  completed_.erase(oldest);
  oldest_first_.pop_front();
}

const std::vector<ReplyPage>* CompletedCommands::find(std::string_view id) const {
  const auto found = completed_.find(std::string(id));
  return found == completed_.end() ? nullptr : &found->second.reply;
}

}  // namespace exo::relaying
