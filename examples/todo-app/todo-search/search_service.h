// The service that finds todos by their words.
#pragma once

#include <string>

#include "bus/relays/cpp/relay.h"
#include "examples/todo-app/storage/grouped_writes.h"
#include "examples/todo-app/todo-search/search_index.h"

namespace todo_app {

// Handles a relay's commands with one SQLite file:
//
//   todo-search.add {id, title}         → todo-search.added {id}; a known id gets the new title
//   todo-search.search {text, limit?}   → todo-search.found [{id, title}, …], the best first
//   todo-search.list {}                 → todo-search.listed [{id, title}, …], by id; in pages
//   todo-search.count {}                → todo-search.counted {count}
//
// A payload that is not so fails its command. For the relay's thread; the relay must outlive it.
class SearchService {
 public:
  // Opens or makes the file. Throws SQLite::Exception.
  SearchService(exo::Relay& relay, const std::string& path);

 private:
  void add(const exo::Command& command, exo::Reply reply);
  void search(const exo::Command& command, exo::Reply reply);
  void list(exo::Reply reply);
  void count(exo::Reply reply);

  std::string path_;
  SearchIndex index_;
  GroupedWrites writes_;
};

}  // namespace todo_app
