#include "examples/todo-app/todo-search/search_index.h"

#include <gtest/gtest.h>

#include "tests/todo-app/temporary_folder.h"

namespace todo_app {
namespace {

class SearchIndexTest : public testing::Test {
 public:
  TemporaryFolder folder;
  SearchIndex index{folder.file("search.db")};

  std::vector<std::int64_t> ids_of(const std::string& text) {
    std::vector<std::int64_t> ids;
    for (const auto& entry : index.find(text, 100)) ids.push_back(entry.id);
    return ids;
  }
};

using Ids = std::vector<std::int64_t>;

TEST_F(SearchIndexTest, FindsNothingForNoWords) {
  index.put(1, "buy milk");
  EXPECT_EQ(ids_of(""), Ids{});
  EXPECT_EQ(ids_of("  \t\n"), Ids{});
}

TEST_F(SearchIndexTest, TakesNothingInTheTextForAnOperator) {
  index.put(1, "buy milk");
  for (const std::string text : {"\"", "\"\"\"", "milk OR", "NOT milk", "title:milk", "(milk", "milk)", "*",
                                 "^milk^", "NEAR(milk", "-", "milk + bread", "a\"b\"c", "{x", "'"}) {
    EXPECT_NO_THROW(index.find(text, 100)) << text;
  }
  EXPECT_EQ(ids_of("milk OR bread"), Ids{});
  EXPECT_EQ(ids_of(std::string("milk\0x", 6)), Ids{});
}

TEST_F(SearchIndexTest, PassesOverWordsOfPunctuation) {
  index.put(1, "buy milk");
  EXPECT_EQ(ids_of("milk -"), Ids{1});
  EXPECT_EQ(ids_of("- & milk"), Ids{1});
  EXPECT_EQ(ids_of("&"), Ids{});
}

TEST_F(SearchIndexTest, FindsWhatHasEveryWordInAnyOrder) {
  index.put(1, "buy milk and bread");
  index.put(2, "buy milk");
  EXPECT_EQ(ids_of("bread milk"), Ids{1});
  EXPECT_EQ(ids_of("bread cheese"), Ids{});
}

TEST_F(SearchIndexTest, TakesTheLastWordForABeginning) {
  index.put(1, "buy milk");
  EXPECT_EQ(ids_of("buy mi"), Ids{1});
  EXPECT_EQ(ids_of("bu milk"), Ids{});
}

TEST_F(SearchIndexTest, DoesNotMindCapitalsAndAccents) {
  index.put(1, "Caf\xc3\xa9 au Lait");
  EXPECT_EQ(ids_of("cafe LAIT"), Ids{1});
}

TEST_F(SearchIndexTest, FindsWordsWithPunctuationInside) {
  index.put(1, "read the e-mail");
  index.put(2, "mail the e");
  EXPECT_EQ(ids_of("e-mail"), Ids{1});
}

TEST_F(SearchIndexTest, FindsNoMoreThanTheLimit) {
  for (int id = 1; id <= 5; ++id) index.put(id, "milk");
  EXPECT_EQ(index.find("milk", 3).size(), 3U);
}

TEST_F(SearchIndexTest, DoublesNothingThatIsAddedAgain) {
  index.put(1, "buy milk");
  index.put(1, "buy milk");
  EXPECT_EQ(index.count(), 1);
  EXPECT_EQ(ids_of("milk"), Ids{1});
}

TEST_F(SearchIndexTest, ForgetsTheOldWordsOfAChangedTitle) {
  index.put(1, "buy milk");
  index.put(1, "buy bread");
  EXPECT_EQ(ids_of("milk"), Ids{});
  EXPECT_EQ(ids_of("bread"), Ids{1});
  EXPECT_EQ(index.count(), 1);
}

TEST_F(SearchIndexTest, IsWholeAfterManyChanges) {
  for (int round = 0; round < 20; ++round) {
    for (int id = 1; id <= 50; ++id) index.put(id, "word" + std::to_string((id * 7 + round) % 11));
  }
  EXPECT_NO_THROW(index.database().exec("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)"));
}

TEST_F(SearchIndexTest, RemembersWhatItHeldWhenItIsOpenedAgain) {
  index.put(1, "buy milk");
  SearchIndex again(folder.file("search.db"));
  EXPECT_EQ(again.find("milk", 10), (std::vector<SearchIndex::Entry>{{1, "buy milk"}}));
}

}  // namespace
}  // namespace todo_app
