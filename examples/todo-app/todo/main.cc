// The program `todo`: joins the bus as exo tells it to, and serves until it is stopped.
#include "examples/todo-app/storage/run_service.h"
#include "examples/todo-app/todo/todo_service.h"

int main() {
  return todo_app::run_service<todo_app::TodoService>({.database = "todos.db"});
}
