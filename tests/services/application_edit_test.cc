// Adding a service to an application.yml: everything else stays as it was written.
#include "services/application_edit.h"

#include <gtest/gtest.h>

#include <string>

#include "base/yaml_document.h"

namespace exo {
namespace {

std::string edited(const std::string& text, const std::string& role = "web") {
  const auto result = add_service(text, role);
  return result.ok() ? result.value() : result.error().code + ": " + result.error().message;
}

TEST(ApplicationEdit, refuses_a_role_that_is_there_and_names_its_line) {
  EXPECT_EQ(edited("name: a\nservices:\n  web:\n    location: ./web\n"),
            R"(taken: has a service "web" already, on line 3)");
}

TEST(ApplicationEdit, refuses_what_is_no_yaml_and_names_the_line) {
  const std::string refusal = edited("name: a\nservices: [\n");
  EXPECT_TRUE(refusal.starts_with("malformed: application.yml:")) << refusal;
}

TEST(ApplicationEdit, says_what_to_write_by_hand_where_it_cannot) {
  for (const char* text : {"- a list\n", "services: text\n", "services: [web]\n",
                           "base: &s\n  todo: {location: ./t}\nservices: *s\n",
                           "services:\n  {todo: {location: ./todo}}\n  # odd\n"}) {
    const std::string result = edited(text);
    EXPECT_TRUE(result.starts_with("by-hand: ") && result.ends_with("web: {location: ./web}"))
        << text << result;
  }
}

TEST(ApplicationEdit, adds_behind_the_last_service_and_keeps_comments) {
  EXPECT_EQ(edited("# ours\n"
                   "name: shop  # the name\n"
                   "\n"
                   "services:\n"
                   "  # keeps todos\n"
                   "  todo:\n"
                   "    location: ./todo  # here\n"
                   "    # until 0.0.2\n"
                   "\n"
                   "# what every service gets\n"
                   "local:\n"
                   "  environment-variables: {A: b}\n"),
            "# ours\n"
            "name: shop  # the name\n"
            "\n"
            "services:\n"
            "  # keeps todos\n"
            "  todo:\n"
            "    location: ./todo  # here\n"
            "    # until 0.0.2\n"
            "  web:\n"
            "    location: ./web\n"
            "\n"
            "# what every service gets\n"
            "local:\n"
            "  environment-variables: {A: b}\n");
}

TEST(ApplicationEdit, writes_as_the_file_is_written) {
  EXPECT_EQ(edited("services:\n    todo:\n        location: ./todo"),
            "services:\n    todo:\n        location: ./todo\n    web:\n        location: ./web\n");
  EXPECT_EQ(edited("name: a\r\nservices:\r\n  todo: {location: ./t}\r\n"),
            "name: a\r\nservices:\r\n  todo: {location: ./t}\r\n  web:\r\n    location: ./web\r\n");
}

TEST(ApplicationEdit, adds_the_first_service) {
  EXPECT_EQ(edited(new_application("shop")),
            "# The application's name, and its services with their folders. `exo add` adds one.\n"
            "name: shop\nservices:\n  web:\n    location: ./web\n");
  EXPECT_EQ(edited("name: a\n"), "name: a\nservices:\n  web:\n    location: ./web\n");
  EXPECT_EQ(edited("services:  # none yet\nname: a\n"),
            "services:  # none yet\n  web:\n    location: ./web\nname: a\n");
  EXPECT_EQ(edited("services: { }  # none yet\nname: a\n"),
            "services:   # none yet\n  web:\n    location: ./web\nname: a\n");
  EXPECT_EQ(edited(""), "services:\n  web:\n    location: ./web\n");
}

TEST(ApplicationEdit, adds_within_braces) {
  EXPECT_EQ(edited("services: {todo: {location: ./todo}}\n"),
            "services: {web: {location: ./web}, todo: {location: ./todo}}\n");
}

TEST(ApplicationEdit, adds_beside_the_sections_of_the_older_layout) {
  EXPECT_EQ(
      edited("services:\n  public:\n    page:\n      location: ./page\n  private:\n"),
      "services:\n  public:\n    page:\n      location: ./page\n  private:\n  web:\n    location: ./web\n");
}

TEST(ApplicationEdit, passes_over_texts_of_several_lines) {
  const std::string text =
      "services:\n"
      "  todo:\n"
      "    location: ./todo\n"
      "    description: |\n"
      "      # no comment\n"
      "\n"
      "      the end\n";
  EXPECT_EQ(edited(text), text + "  web:\n    location: ./web\n");
}

TEST(ApplicationEdit, names_an_application_whatever_its_folder_is_called) {
  for (const char* name : {"shop", "it's mine", "a: b", "#1", "", "- x", "Größe"}) {
    const YamlDocument document = parse_yaml(new_application(name));
    ASSERT_TRUE(document.faults.empty()) << name;
    EXPECT_EQ(document.root.find("name")->value.text, name);
  }
}

}  // namespace
}  // namespace exo
