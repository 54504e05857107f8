from __future__ import annotations

import asyncio
import signal
import subprocess
import unittest

from support.fleet import until
from support.script import RELAY, ROLE, ScriptTest, offline

COPY = f'''
from exorelay import handle


@handle("{ROLE}-offline-start")
async def offline(start, script):
    async for todos in script.request_pages("todos.list"):
        for todo in todos:
            script.send("todo-search.add", todo)
    script.reply("{ROLE}-offline-done")


@handle("{ROLE}-online-start")
async def online(start, script):
    script.reply("{ROLE}-online-done")
'''


class CommandLineTest(unittest.TestCase):
    def test_without_a_file_the_loader_says_how_it_is_used(self) -> None:
        ended = subprocess.run([RELAY / "bin" / "exo-script"], capture_output=True, text=True)
        self.assertEqual(ended.returncode, 2)
        self.assertIn("usage: exo-script FILE", ended.stderr)


class LoadingTest(ScriptTest):
    async def test_outside_exo_the_loader_names_the_variables_that_are_missing(self) -> None:
        script = await self.start(COPY, environment={"EXO_BUS": ""})
        self.assertEqual(await script.exited(), 1)
        self.assertEqual(script.output.count("\n"), 1, script.output)
        self.assertIn("EXO_BUS is not set", script.output)

    async def test_a_role_that_is_no_scripts_is_refused(self) -> None:
        script = await self.start(COPY, environment={"ROLE": "web"})
        self.assertEqual(await script.exited(), 1)
        self.assertIn("ROLE is 'web', which is no deployment script's", script.output)

    async def test_a_bus_that_does_not_admit_the_script_ends_it(self) -> None:
        script = await self.start(COPY, refusal={"code": "not-admitted", "reason": "wrong token"})
        self.assertEqual(await script.exited(), 1)
        self.assertIn("wrong token", script.output)

    async def test_a_file_that_is_not_there_fails_whichever_phase_starts(self) -> None:
        script = await self.start(None)
        await script.begin("online")
        self.assertIn("No such file", await script.failure("online"))

    async def test_a_syntax_error_fails_the_attempt_with_its_place(self) -> None:
        script = await self.start("handlers = {\n  for todo in todos\n}\n")
        await script.begin()
        self.assertRegex(await script.failure(), r"^SyntaxError: .* \(at todo-search-0\.0\.2\.py:\d\)$")
        self.assertIn("for todo in todos", script.output)

    async def test_a_file_that_raises_when_it_is_loaded_fails_the_attempt_with_the_place(self) -> None:
        script = await self.start("\nraise RuntimeError('no configuration')\n")
        await script.begin()
        self.assertEqual(await script.failure(), "RuntimeError: no configuration (at todo-search-0.0.2.py:2)")
        self.assertNotIn("exorelay", script.output)

    async def test_a_file_that_ends_the_process_when_it_is_loaded_fails_the_attempt(self) -> None:
        script = await self.start("import sys\nsys.exit(0)\n")
        await script.begin()
        self.assertIn("SystemExit", await script.failure())

    async def test_a_file_without_a_handler_of_its_role_fails_the_attempt(self) -> None:
        script = await self.start(COPY.replace("0.0.2", "0.0.3"))
        await script.begin()
        self.assertIn(f"marks no function with @handle(…) for '{ROLE}-offline-start' or", await script.failure())

    async def test_a_script_registers_with_its_role_and_the_names_that_it_handles(self) -> None:
        script = await self.start(COPY)
        registration = await script.registered()
        about = [registration[key] for key in ("role", "version", "instance", "token")]
        self.assertEqual(about, [ROLE, "0.0.2", "script-1", "secret"])
        self.assertEqual(registration["handles"], [f"{ROLE}-offline-start", f"{ROLE}-online-start"])

    async def test_a_script_may_use_a_module_beside_it_and_leaves_nothing_there(self) -> None:
        script = await self.start(None)
        script.file.with_name("_helper.py").write_text("NAME = 'todo-search.add'\n")
        script.file.write_text("from _helper import NAME\n" + offline("script.send(NAME, 1)"))
        await script.begin()
        await script.broker.next("command", "todo-search.add")
        self.assertEqual([each.name for each in script.file.parent.iterdir() if each.is_dir()], [])


class FailureTest(ScriptTest):
    async def test_a_handler_that_raises_fails_the_attempt_with_the_place_once(self) -> None:
        script = await self.start(offline("payload['todos']"))
        await script.begin()
        self.assertEqual(await script.failure(), "KeyError: 'todos' (at todo-search-0.0.2.py:4)")
        self.assertEqual(script.output.count("Traceback"), 1)
        self.assertNotIn("exorelay", script.output)
        self.assertNotIn("asyncio", script.output)

    async def test_a_task_that_nobody_awaits_fails_the_attempt(self) -> None:
        body = """
            import asyncio
            async def task(): raise RuntimeError('forgotten')
            asyncio.create_task(task())
        """
        script = await self.start(offline("\n".join(line.strip() for line in body.strip().splitlines())))
        await script.begin()
        self.assertIn("RuntimeError: forgotten", await script.failure())

    async def test_an_exception_in_a_timer_fails_the_attempt(self) -> None:
        script = await self.start(offline("import asyncio\nasyncio.get_running_loop().call_later(0.001, lambda: 1 / 0)"))
        await script.begin()
        self.assertIn("ZeroDivisionError", await script.failure())

    async def test_an_error_that_nobody_awaits_fails_the_attempt(self) -> None:
        body = f'script.send("todo-search.add", 1)\nscript.reply("{ROLE}-offline-done")'
        script = await self.start(offline(body), delivers="none")
        await script.begin()
        script.broker.error(await script.broker.next("command"), "handler-failed", "disk full")
        self.assertEqual(await script.failure(), "todo-search.add: disk full (handler-failed)")
        self.assertNotIn("reply", script.broker.kinds())

    async def test_an_error_of_a_kept_delivery_that_is_not_awaited_by_done_fails_the_attempt(self) -> None:
        body = f"""global kept
kept = [script.send("todo-search.add", number) for number in range(2)]
await kept[0]
script.reply("{ROLE}-offline-done")"""
        script = await self.start(offline(body), delivers="none")
        await script.begin()
        first, second = await script.broker.next_commands(2)
        script.broker.error(second, "handler-failed", "disk full")
        script.broker.delivered(first)
        self.assertIn("disk full", await script.failure())

    async def test_a_request_that_fails_and_is_not_caught_fails_the_attempt(self) -> None:
        script = await self.start(offline("await script.request('todos.list')"), delivers="none")
        await script.begin()
        script.broker.error(await script.broker.next("command"), "no-receiver", "no role receives it")
        self.assertIn("no role receives it", await script.failure())

    async def test_what_a_group_of_tasks_raises_keeps_a_done_that_waited_for_it_from_going(self) -> None:
        done = f"await asyncio.sleep(0)\nscript.reply('{ROLE}-offline-done')"
        gathered = f"asked = asyncio.gather(*(script.request('todos.list') for _ in range(2)))\n{done}\nawait asked"
        group = "async with asyncio.TaskGroup() as group:\n"
        grouped = f"for _ in range(2): group.create_task(script.request('todos.list'))\n{done}".replace("\n", "\n    ")
        for body in (gathered, f"{group}    {grouped}"):
            with self.subTest(body):
                script = await self.start(offline(f"import asyncio\n{body}"), delivers="none")
                await script.begin()
                for command in await script.broker.next_commands(2):
                    script.broker.error(command, "no-receiver", "no role receives it")
                await script.failure()
                self.assertNotIn("reply", script.broker.kinds())

    async def test_a_request_in_a_task_that_nobody_awaits_keeps_a_done_that_waited_for_it_from_going(self) -> None:
        body = f"""import asyncio
asyncio.create_task(script.request("todos.list"))
await asyncio.sleep(0)
script.reply("{ROLE}-offline-done")"""
        script = await self.start(offline(body), delivers="none")
        await script.begin()
        script.broker.error(await script.broker.next("command"), "no-receiver", "no role receives it")
        self.assertIn("no role receives it", await script.failure())
        self.assertNotIn("reply", script.broker.kinds())


class DoneTest(ScriptTest):
    async def test_a_script_is_done_when_all_that_it_sent_is_delivered(self) -> None:
        script = await self.start(COPY, delivers="none")
        broker = script.broker
        await script.begin()
        listing = await broker.next("command", "todos.list")
        broker.delivered(listing)
        broker.reply(listing, "todos.listed", [{"id": 1}, {"id": 2}], more=True)
        broker.reply(listing, "todos.listed", [{"id": 3}], page=1)
        adds = await broker.next_commands(3)
        self.assertEqual([add.payload["id"] for add in adds], [1, 2, 3])
        self.assertEqual([(a.header["activityId"], a.header.get("timeoutMs")) for a in adds], [("attempt-1", None)] * 3)
        broker.delivered(adds[0], adds[2])
        broker.command(f"{ROLE}-unknown")
        await broker.next("failed")
        self.assertNotIn("reply", broker.kinds())
        broker.delivered(adds[1])
        header = (await broker.next("reply", f"{ROLE}-offline-done")).header
        self.assertEqual((header["responseTo"], header.get("more"), header["handledErrors"]), ("command-1", None, 0))

    async def test_a_loop_of_unawaited_sends_runs_over_sixty_thousand_todos(self) -> None:
        script = await self.start(COPY)
        broker = script.broker
        await script.begin()
        listing = await broker.next("command", "todos.list")
        for page in range(60):
            todos = [{"id": page * 1000 + i, "title": f"package {i}, with some words"} for i in range(1000)]
            broker.reply(listing, "todos.listed", todos, page=page, more=page < 59)
        await broker.next("reply", f"{ROLE}-offline-done")
        adds = [each.payload["id"] for each in broker.received if each.header.get("name") == "todo-search.add"]
        self.assertEqual(adds, list(range(60_000)))

    async def test_an_error_that_the_script_catches_is_counted_as_handled(self) -> None:
        body = f"""from exorelay import ExoError
try:
    await script.send("todo-search.add", 1)
except ExoError:
    script.reply("{ROLE}-offline-done")"""
        script = await self.start(offline(body), delivers="none")
        await script.begin()
        script.broker.error(await script.broker.next("command"), "handler-failed", "disk full")
        self.assertEqual((await script.broker.next("reply", f"{ROLE}-offline-done")).header["handledErrors"], 1)

    async def test_an_awaited_send_returns_when_it_is_delivered_not_when_it_is_accepted(self) -> None:
        body = f'await script.send("todo-search.add", 1)\nprint("delivered")\nscript.reply("{ROLE}-offline-done")'
        script = await self.start(offline(body), delivers="none", environment={"PYTHONUNBUFFERED": "1"})
        await script.begin()
        add = await script.broker.next("command")
        self.assertNotIn("delivered", script.output)
        script.broker.delivered(add)
        await script.broker.next("reply", f"{ROLE}-offline-done")
        await until(lambda: "delivered" in script.output)

    async def test_a_checkpoint_goes_when_what_was_sent_before_is_delivered_and_done_after_it(self) -> None:
        body = f"""import asyncio
value = {{"after": 1}}
script.send("todo-search.add", 1)
saving = asyncio.create_task(script.checkpoint(value))
await asyncio.sleep(0)
value["after"] = 2
script.send("todo-search.add", 2)
script.reply("{ROLE}-offline-done")
await saving
print("saved", flush=True)"""
        script = await self.start(offline(body), delivers="none")
        broker = script.broker
        await script.begin()
        first, second = await broker.next_commands(2)
        broker.delivered(second)
        broker.command(f"{ROLE}-unknown")
        await broker.next("failed")
        self.assertEqual(broker.kinds(), [])
        broker.delivered(first)
        checkpoint = await broker.next("command", f"{ROLE}-offline-checkpoint")
        self.assertEqual((checkpoint.payload, checkpoint.header["expects"]), ({"after": 1}, "one"))
        broker.reply(checkpoint, f"{ROLE}-offline-checkpointed")
        await broker.next("reply", f"{ROLE}-offline-done")
        await until(lambda: "saved" in script.output)

    async def test_progress_is_told_as_it_is_without_waiting(self) -> None:
        script = await self.start(offline('script.send("todo-search.add", 1)\nscript.progress(1, 2, "half")'))
        await script.begin()
        told = await script.broker.next("command", f"{ROLE}-offline-progress")
        self.assertEqual(told.payload, {"done": 1, "total": 2, "note": "half"})

    async def test_what_a_script_asks_to_follow_is_followed_when_the_host_says_so(self) -> None:
        script = await self.start(offline(f'await script.follow(["todo-search.add"])\nscript.reply("{ROLE}-offline-done")'))
        await script.begin()
        asked = await script.broker.next("command", f"{ROLE}-offline-follow")
        self.assertEqual((asked.payload, asked.header["expects"]), ({"commands": ["todo-search.add"]}, "one"))
        self.assertEqual([each for each in script.broker.received if each.header["kind"] == "reply"], [])
        script.broker.reply(asked, f"{ROLE}-offline-followed")
        await script.broker.next("reply", f"{ROLE}-offline-done")

    async def test_a_script_may_say_done_as_a_command(self) -> None:
        script = await self.start(offline(f'script.send("todo-search.add", 1)\nscript.send("{ROLE}-offline-done")'))
        await script.begin()
        self.assertEqual((await script.broker.next("command", f"{ROLE}-offline-done")).header["handledErrors"], 0)

    async def test_a_script_that_says_failed_itself_is_not_waited_for(self) -> None:
        body = f'script.send("todo-search.add", 1)\nscript.reply("{ROLE}-offline-failed", {{"reason": "no space"}})'
        script = await self.start(offline(body), delivers="none")
        await script.begin()
        self.assertEqual((await script.broker.next("reply")).payload, {"reason": "no space"})

    async def test_the_starts_payload_and_message_reach_the_handler(self) -> None:
        about = "[payload['checkpoint'], script.message.sender, script.message.expects]"
        script = await self.start(offline(f'script.reply("{ROLE}-offline-done", {about})'))
        await script.begin("offline", {"checkpoint": {"after": 5}})
        self.assertEqual((await script.broker.next("reply")).payload, [{"after": 5}, "exo", "many"])


class SignalTest(ScriptTest):
    async def test_sigterm_ends_the_script_cleanly_with_0(self) -> None:
        script = await self.start(COPY)
        await script.registered()
        await asyncio.sleep(0)
        script.signal(signal.SIGTERM)
        self.assertEqual((await script.exited(), script.output), (0, ""))

    async def test_sigterm_in_the_middle_ends_the_script_with_0_and_without_a_word_of_what_was_not_done(self) -> None:
        body = 'for i in range(10): script.send("todo-search.add", i)\nawait script.request("todos.list")'
        script = await self.start(offline(body), delivers="none", grants={"todo-search": 3})
        await script.begin()
        await script.broker.next_commands(4)
        script.signal(signal.SIGTERM)
        self.assertEqual((await script.exited(), script.output), (0, ""))

    async def test_sigterm_after_done_ends_the_script_cleanly_with_0(self) -> None:
        script = await self.start(COPY)
        await script.begin("online")
        await script.broker.next("reply", f"{ROLE}-online-done")
        script.signal(signal.SIGTERM)
        self.assertEqual((await script.exited(), script.output), (0, ""))
