module.exports = {

  "deployment-todo-search-0.0.1-offline-start": (_, {reply}) => {
    reply('deployment-todo-search-0.0.1-offline-done');
  },

  "deployment-todo-search-0.0.1-online-start": (_, {reply}) => {
    send('todos.list', (todos) => {
      for (const todo of todos)
        send('todo-search.add', todo);
      reply("deployment-todo-search-0.0.1-online-done");
    });
  }

};
