"""Brings todo-search 0.0.2 in. Its index is empty at first, so before anybody's search reaches it, it is told about
every todo that there is; 0.0.1 answers meanwhile.
"""

from exorelay import ScriptContext, handle


@handle("deployment-todo-search-0.0.2-offline-start")
async def fill(_: object, script: ScriptContext) -> None:
    total = (await script.request("todos.count")).payload["count"]
    done = 0
    async for todos in script.request_pages("todos.list"):
        for todo in todos:
            script.send("todo-search.add", todo)  # to 0.0.2, the version that this script brings in
        done += len(todos)
        script.progress(done, total)
    script.reply("deployment-todo-search-0.0.2-offline-done")
