#include "bus/wire/pack.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exo {
namespace {

using Messages = std::vector<std::pair<std::string, std::string>>;

std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// What can be read of it; `fault` is what came after that, empty where that was its end.
Messages read(std::string_view pack, std::string& fault) {
  Messages messages;
  PackReader reader(as_bytes(pack));
  fault.clear();
  while (true) {
    const auto next = reader.next();
    if (!next.ok()) {
      fault = next.error().message;
      EXPECT_EQ(next.error().code, "malformed");
      EXPECT_TRUE(reader.next().ok() && !reader.next().value()) << "something comes after a fault";
      return messages;
    }
    if (!next.value()) return messages;
    const auto header = next.value()->header;
    messages.emplace_back(std::string(reinterpret_cast<const char*>(header.data()), header.size()),
                          std::string(next.value()->payload));
  }
}

std::string write(const Messages& messages) {
  PackWriter writer;
  for (const auto& [header, payload] : messages) writer.add(header, payload);
  EXPECT_EQ(writer.count(), messages.size());
  return std::string(writer.bytes());
}

TEST(Pack, NothingIsReadOfAnEmptyOne) {
  std::string fault;
  EXPECT_TRUE(read("", fault).empty());
  EXPECT_EQ(fault, "");
}

TEST(Pack, WhatIsWrittenIsRead) {
  const Messages messages = {
      {"h1", "p1"}, {"", ""}, {std::string(300, 'h'), std::string(70'000, 'p')}, {"h4", ""}};
  std::string fault;
  EXPECT_EQ(read(write(messages), fault), messages);
  EXPECT_EQ(fault, "");
}

TEST(Pack, WhateverIsCutOffTheMessagesBeforeItCount) {
  const Messages messages = {{"h1", "p1"}, {"h2", "p22"}, {"h3", ""}};
  const std::string whole = write(messages);
  const std::size_t ends[] = {10, 21, 29};
  for (std::size_t size = 1; size < whole.size(); ++size) {
    std::string fault;
    const Messages some = read(whole.substr(0, size), fault);
    const auto complete = static_cast<std::size_t>((size >= ends[0]) + (size >= ends[1]));
    EXPECT_EQ(some, Messages(messages.begin(), messages.begin() + static_cast<std::ptrdiff_t>(complete)))
        << size;
    EXPECT_EQ(fault.empty(), size == ends[0] || size == ends[1]) << size << ": " << fault;
  }
}

TEST(Pack, SizesBeyondTheEndAreAFault) {
  std::string fault;
  EXPECT_TRUE(read(std::string_view("\xff\xff\xff\xff\xff\xff\x01", 7), fault).empty());
  EXPECT_EQ(fault, "pack: it ends within a message");
}

TEST(Pack, OneOfMoreThanItsLimitIsReadUpToThere) {
  const Messages messages(kPackReadMessages + 1, {"h", "p"});
  std::string fault;
  EXPECT_EQ(read(write(messages), fault).size(), kPackReadMessages);
  EXPECT_EQ(fault, "pack: it has more than 1024 messages");
}

TEST(Pack, OneThatIsWrittenStaysSmall) {
  PackWriter writer;
  const std::string payload(1000, 'p');
  while (writer.has_room(4, payload.size())) writer.add("head", payload);
  EXPECT_EQ(writer.count(), kPackMessages);
  writer.clear();
  const std::string large(kPackedPayloadBytes, 'p');
  while (writer.has_room(4, large.size())) writer.add("head", large);
  EXPECT_LE(writer.bytes().size(), kPackBytes);
  EXPECT_EQ(writer.count(), kPackBytes / PackWriter::size_of(4, large.size()));
}

}  // namespace
}  // namespace exo
