// Values between threads; TSan runs it without a suppression, since no socket is in it.
#include "bus/mailbox.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

namespace exo::routing {
namespace {

constexpr int kValues = 20'000;

bool is_readable(const Mailbox<int>& mailbox) {
  pollfd ready{mailbox.fd(), POLLIN, 0};
  return ::poll(&ready, 1, 0) == 1;
}

// Waits for all that one thread puts, and for nothing else.
std::vector<int> take(Mailbox<int>& mailbox, std::size_t wanted) {
  std::vector<int> all;
  std::vector<int> taken;
  while (all.size() < wanted) {
    pollfd ready{mailbox.fd(), POLLIN, 0};
    if (::poll(&ready, 1, 10'000) != 1) break;  // a signal is lost
    mailbox.take_all(taken);
    all.insert(all.end(), taken.begin(), taken.end());
  }
  return all;
}

TEST(Mailbox, AnEmptyOneIsNotReadable) {
  Mailbox<int> mailbox;
  EXPECT_FALSE(is_readable(mailbox));
  std::vector<int> nothing;
  mailbox.put_all(nothing);
  EXPECT_FALSE(is_readable(mailbox));
}

TEST(Mailbox, IsReadableUntilAllIsTaken) {
  Mailbox<int> mailbox;
  mailbox.put(1);
  std::vector<int> more{2, 3};
  mailbox.put_all(more);
  EXPECT_TRUE(is_readable(mailbox));
  EXPECT_EQ(mailbox.size(), 3U);
  std::vector<int> taken{7};
  mailbox.take_all(taken);
  EXPECT_EQ(taken, (std::vector<int>{1, 2, 3}));
  EXPECT_FALSE(is_readable(mailbox));
}

TEST(Mailbox, WhatAnotherThreadPutsComesWholeAndInOrder) {
  Mailbox<int> mailbox;
  std::thread putter([&] {
    std::vector<int> several;
    for (int i = 0; i < kValues; ++i) {
      if (i % 3 == 0) {
        mailbox.put(i);
      } else {
        several.push_back(i);
        if (i % 3 == 2) mailbox.put_all(several);
      }
    }
    mailbox.put_all(several);
  });
  const std::vector<int> all = take(mailbox, kValues);
  putter.join();
  ASSERT_EQ(all.size(), static_cast<std::size_t>(kValues));
  for (int i = 0; i < kValues; ++i) ASSERT_EQ(all[static_cast<std::size_t>(i)], i);
  EXPECT_FALSE(is_readable(mailbox));
}

TEST(Mailbox, TwoWhoPutLoseNothingOfEachOther) {
  Mailbox<int> mailbox;
  const auto put_half = [&](int first) {
    for (int i = first; i < kValues; i += 2) mailbox.put(i);
  };
  std::thread even(put_half, 0);
  std::thread odd(put_half, 1);
  const std::vector<int> all = take(mailbox, kValues);
  even.join();
  odd.join();
  std::vector<int> last{-2, -1};
  for (const int value : all) {
    int& before = last[static_cast<std::size_t>(value % 2)];
    ASSERT_EQ(value, before + 2);
    before = value;
  }
  EXPECT_EQ(last, (std::vector<int>{kValues - 2, kValues - 1}));
}

}  // namespace
}  // namespace exo::routing
