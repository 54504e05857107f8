// The program `todo-search`: joins the bus as exo tells it to, and serves until it is stopped.
#include "examples/todo-app/storage/run_service.h"
#include "examples/todo-app/todo-search/search_service.h"

int main() {
  return todo_app::run_service<todo_app::SearchService>({.database = "search.db", .window = 1024});
}
