// What asks a host to stop, and what asks it to be quick.
#include "host/signals.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>

namespace exo {
namespace {

constexpr StopSignal kTyped{.number = SIGINT, .typed = true};
constexpr StopSignal kSent{.number = SIGINT, .typed = false};

TEST(StopRequestsTest, TheSecondAsksAgain) {
  StopRequests typed;
  EXPECT_FALSE(typed.asks_again(kTyped));
  EXPECT_TRUE(typed.asks_again(kTyped));
  StopRequests sent;
  EXPECT_FALSE(sent.asks_again(kSent));
  EXPECT_TRUE(sent.asks_again({.number = SIGTERM, .typed = false}));
}

TEST(StopRequestsTest, WhatAProgramPassesOnFromTheTerminalIsTheSameRequest) {
  StopRequests requests;
  EXPECT_FALSE(requests.asks_again(kTyped));
  EXPECT_FALSE(requests.asks_again(kSent));
  EXPECT_TRUE(requests.asks_again(kTyped));
}

TEST(StopRequestsTest, WhereItStopsAnywayTheFirstAsksAgain) {
  StopRequests requests;
  requests.stops_anyway();
  EXPECT_TRUE(requests.asks_again(kTyped));
}

TEST(StopSignalsTest, OneThatAProgramSendsWasNotTyped) {
  sigset_t before;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &before), 0);
  block_signals();
  StopSignals signals;
  EXPECT_FALSE(signals.take().has_value());
  ::kill(::getpid(), SIGHUP);
  const auto signal = signals.take();
  ASSERT_TRUE(signal.has_value());
  EXPECT_EQ(signal->number, SIGHUP);
  EXPECT_FALSE(signal->typed);
  EXPECT_EQ(::pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}

}  // namespace
}  // namespace exo
