#include "host/instance_note.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(InstanceNote, IsNotReadFromWhatNoHostWroteForAnInstance) {
  for (const char* text : {"", "{", "[]", "{}", R"({"version":"1.0.0"})", R"({"version":1,"port":2})",
                           R"({"version":"1.0.0","port":-1})", R"({"version":"1.0.0","port":65536})",
                           R"({"version":"1.0.0","port":"80"})"}) {
    EXPECT_FALSE(parse_instance_note(text)) << text;
  }
}

TEST(InstanceNote, ComesBackAsItWas) {
  const InstanceNote note{.version = "1.2.3-beta.1", .port = 65535, .artifact = std::string(64, 'a')};
  EXPECT_EQ(parse_instance_note(to_text(note)), note);
}

TEST(InstanceNote, OfAnEarlierHostNamesNoArtifact) {
  EXPECT_EQ(parse_instance_note(R"({"version":"1.0.0","port":80})"),
            (InstanceNote{.version = "1.0.0", .port = 80, .artifact = ""}));
}

TEST(InstanceNote, MayHoldMoreThanIsKnownHere) {
  EXPECT_EQ(parse_instance_note(R"({"version":"1.0.0","port":0,"colour":"blue"})"),
            (InstanceNote{.version = "1.0.0", .port = 0}));
}

}  // namespace
}  // namespace exo
