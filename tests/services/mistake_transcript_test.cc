// What people are told about wrong applications, word for word.
//
// Each file in mistakes/ is one application and what loading it says. Lines that begin with "#" say what the
// case is about; "-- NAME --" begins a file (or, with a "/" at its end, an empty folder); "-- says --" begins
// the mistakes, the notices and the keys without effect, with FOLDER for the application's own. "\xNN" in a
// file stands for a byte. To accept new words: EXO_UPDATE_TRANSCRIPTS=1, then read the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "services/application.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

std::string content_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

std::string with_bytes(std::string text) {
  for (std::size_t at = text.find("\\x"); at != std::string::npos; at = text.find("\\x", at + 1)) {
    text.replace(at, 4, 1, static_cast<char>(std::stoi(text.substr(at + 2, 2), nullptr, 16)));
  }
  return text;
}

std::string with_folder_hidden(std::string text, const std::string& folder) {
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder)) {
    text.replace(at, folder.size(), "FOLDER");
  }
  return text;
}

struct Transcript {
  std::string before;  // all up to what is said
  std::string says;
  std::vector<std::pair<std::string, std::string>> files;
};

Transcript read_transcript(const std::string& text) {
  Transcript transcript;
  const std::string separator = "-- says --\n";
  const std::size_t says = text.find(separator);
  transcript.before = text.substr(0, says + separator.size());
  transcript.says = text.substr(says + separator.size());
  std::istringstream lines(text.substr(0, says));
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 6 && line.compare(0, 3, "-- ") == 0 && line.compare(line.size() - 3, 3, " --") == 0) {
      transcript.files.emplace_back(line.substr(3, line.size() - 6), "");
    } else if (!transcript.files.empty()) {
      transcript.files.back().second += line + "\n";
    }
  }
  return transcript;
}

std::string what_is_said(const Transcript& transcript) {
  testing_support::ApplicationFolder folder;
  for (const auto& [name, content] : transcript.files) folder.with(name, with_bytes(content));
  const LoadedApplication loaded = load_application(folder.path());
  EXPECT_EQ(loaded.application.has_value(), loaded.mistakes.empty());
  std::string said = to_text(loaded.mistakes);
  for (const Notice& notice : loaded.notices) said += "notice: " + to_string(notice) + "\n";
  for (const Notice& key : loaded.unhonoured) said += "not honoured: " + to_string(key) + "\n";
  return with_folder_hidden(said, folder.path());
}

class MistakeTranscript : public testing::TestWithParam<std::string> {};

TEST_P(MistakeTranscript, SaysThis) {
  const std::filesystem::path path =
      std::filesystem::path(EXO_TEST_FOLDER) / "mistakes" / (GetParam() + ".txt");
  const Transcript transcript = read_transcript(content_of(path));
  const std::string said = what_is_said(transcript);
  if (std::getenv("EXO_UPDATE_TRANSCRIPTS") != nullptr) {
    std::ofstream(path, std::ios::binary) << transcript.before << said;
  }
  EXPECT_EQ(said, transcript.says) << "in " << path;
}

std::vector<std::string> transcripts() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(EXO_TEST_FOLDER "/mistakes")) {
    names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const testing::TestParamInfo<std::string>& transcript) {
  std::string name = transcript.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Gallery, MistakeTranscript, testing::ValuesIn(transcripts()), test_name);

TEST(MistakeTranscript, TheGalleryHasAllItsPictures) {
  EXPECT_GE(transcripts().size(), 40U);
}

}  // namespace
}  // namespace exo
