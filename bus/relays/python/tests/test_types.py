from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RELAY = Path(__file__).resolve().parents[1]
EXAMPLE = RELAY.parents[2] / "examples" / "todo-app"
SERVICE = EXAMPLE / "todo-search-0.0.2"
PATHS = (RELAY, RELAY / "tests", SERVICE)

# What an application may write; each `type: ignore` must be needed, or mypy complains.
SAMPLE = """
from exorelay import Delivery, ExoError, ExoRelay, HandlerContext, Reply, ScriptContext, handle

@handle("todo.add")
async def add(todo: dict[str, str], context: HandlerContext) -> None:
    reply: Reply = await context.request("todo.store", todo, timeout=10, version="1.x")
    async for found in context.request_many("todo.find", todo):
        context.send("todo.seen", found.payload)
    async for page in context.request_pages("todos.list"):
        await context.reply.write("todo.added", page[:1])
    context.reply.end("todo.added", [reply.sender, context.message.id])
    context.checkpoint(1)  # type: ignore[attr-defined]

@handle("deployment-todo-0.0.1-offline-start")
async def start(start: dict[str, object], script: ScriptContext) -> None:
    script.progress(1, 2, "half")
    await script.checkpoint({"after": start["attempt"]})
    script.reply("deployment-todo-0.0.1-offline-done")

async def main() -> None:
    relay = ExoRelay.from_environment({"todo.add": add}, window=10, signals=False)
    relay.send({"title": "one"})  # type: ignore[arg-type]
    delivery: Delivery = relay.send("a", 1, content_type="json")
    try:
        await delivery
    except ExoError as error:
        print(error.code, error.message_name)
    await relay.run()
"""


def check(*arguments: str | Path) -> str:
    """What mypy finds."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "MYPYPATH": ":".join(map(str, PATHS))}
        command: list[str | Path] = [sys.executable, "-m", "mypy", "--cache-dir", cache]
        command += ["--config-file", RELAY / "pyproject.toml", *arguments]
        ended = subprocess.run(command, capture_output=True, text=True, env=environment)
        return ended.stdout + ended.stderr


class TypesTest(unittest.TestCase):
    maxDiff = None

    def test_the_relay_and_its_tests_have_the_types_that_they_say(self) -> None:
        found = check("--explicit-package-bases", RELAY / "exorelay", RELAY / "tests")
        self.assertRegex(found, r"^Success: no issues found in \d+ source files\n$")

    def test_the_examples_have_the_types_that_they_say(self) -> None:
        found = check("--explicit-package-bases", *SERVICE.glob("*.py"), *EXAMPLE.glob("deployment-scripts/*.py"))
        self.assertRegex(found, r"^Success: no issues found in \d+ source files\n$")

    def test_the_surface_is_as_an_application_uses_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sample.py"
            file.write_text(SAMPLE)
            self.assertEqual(check(file), "Success: no issues found in 1 source file\n")
