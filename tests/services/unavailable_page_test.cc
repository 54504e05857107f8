#include "services/forwarder/unavailable_page.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

std::string body_of(const std::string& page) {
  return page.substr(page.find("\r\n\r\n") + 4);
}

TEST(UnavailablePage, WhatItShowsIsTextWhateverItHolds) {
  const std::string page = unavailable_page("<b>&\"", "<script>");
  EXPECT_EQ(page.find("<script>"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(page.find("&lt;b&gt;&amp;&quot;"), std::string::npos);
}

TEST(UnavailablePage, StatesItsOwnLength) {
  const std::string page = unavailable_page("web", "web 0.0.1 is starting");
  EXPECT_NE(page.find("Content-Length: " + std::to_string(body_of(page).size()) + "\r\n"), std::string::npos);
}

TEST(UnavailablePage, SaysSoWhereNoReasonIsKnown) {
  EXPECT_NE(unavailable_page("web", "").find("no version of it is open to traffic"), std::string::npos);
}

}  // namespace
}  // namespace exo
