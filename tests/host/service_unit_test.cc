// What systemd makes of the text is asked of systemd itself by features/service.feature.
#include "host/service_unit.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

ServiceUnit shop() {
  return {.application = "shop",
          .environment = "production",
          .folder = "/srv/shop",
          .program = "/opt/exo/exo",
          .words = {"--port", "web=8080"},
          .user = "deploy",
          .variables = {{"PATH", "/usr/bin:/bin"}}};
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(ServiceUnit, StartsTheHostOfItsEnvironment) {
  const std::string text = render(shop()).value();
  EXPECT_TRUE(has_line(
      text, R"(ExecStart="/opt/exo/exo" host "/srv/shop" --environment "production" "--port" "web=8080")"))
      << text;
  EXPECT_TRUE(has_line(text, "User=deploy")) << text;
  EXPECT_TRUE(has_line(text, R"(Environment="PATH=/usr/bin:/bin")")) << text;
  EXPECT_TRUE(has_line(text, "WantedBy=multi-user.target")) << text;
}

TEST(ServiceUnit, EndsTheHostAlone) {
  EXPECT_TRUE(has_line(render(shop()).value(), "KillMode=process"));
}

TEST(ServiceUnit, OfAUserBelongsToTheirOwnTargets) {
  ServiceUnit unit = shop();
  unit.of = ServiceUnit::Of::kUser;
  unit.user = "";
  const std::string text = render(unit).value();
  EXPECT_TRUE(has_line(text, "WantedBy=default.target")) << text;
  EXPECT_EQ(text.find("User="), std::string::npos) << text;
  EXPECT_EQ(text.find("network-online"), std::string::npos) << "a user's systemd has no such target\n"
                                                            << text;
}

TEST(ServiceUnit, WhatSystemdWouldReadOtherwiseIsEscaped) {
  ServiceUnit unit = shop();
  unit.folder = R"(/srv/50% "off" $HOME\x)";
  unit.variables = {{"EXO_HOME", R"(/a "b"%h$c)"}};
  const std::string text = render(unit).value();
  EXPECT_NE(text.find(R"("/srv/50%% \"off\" $$HOME\\x")"), std::string::npos) << text;
  EXPECT_TRUE(has_line(text, R"(Environment="EXO_HOME=/a \"b\"%%h$c")")) << text;
}

TEST(ServiceUnit, ALineEndIsRefusedByName) {
  ServiceUnit unit = shop();
  unit.variables = {{"EXO_HOME", "/a\nExecStartPre=/bin/evil"}};
  const auto text = render(unit);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, "usage");
  EXPECT_NE(text.error().message.find("EXO_HOME"), std::string::npos) << text.error().message;
}

TEST(ServiceUnit, IsNamedAfterItsApplicationAndEnvironment) {
  ServiceUnit unit = shop();
  EXPECT_EQ(unit_name(unit), "exo-shop-production.service");
  unit.application = "Shop of Ä/B";
  EXPECT_EQ(unit_name(unit), "exo-Shop-of----B-production.service");
}

TEST(ServiceUnit, IsKnownAgain) {
  EXPECT_TRUE(is_rendered(render(shop()).value()));
  EXPECT_FALSE(is_rendered("[Unit]\n"));
}

}  // namespace
}  // namespace exo
