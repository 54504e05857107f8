"""Runs one deployment script: a file whose functions are marked with `handle`."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from .exo_error import ExoError, describe
from .handlers import handlers_of
from .relay import ExoRelay
from .script_attempt import ScriptAttempt

USAGE = """usage: exo-script FILE
Runs a deployment script whose functions are marked with exorelay's `handle`. exo starts it."""

# Frames of the relay, of asyncio and of the importer lead to the script and say nothing about it.
_OURS = (str(Path(__file__).parent) + os.sep, str(Path(asyncio.__file__).parent) + os.sep, "<frozen importlib")


class ScriptLoader:
    """Registers the script with the bus, and sees to it that whatever goes wrong in it reaches the host as `…-failed`,
    once, and stderr in full. One process is one attempt.
    """

    def __init__(self, file: str) -> None:
        self._file = Path(file).resolve()
        self._ended = asyncio.Event()
        self._ending = False
        self._code = 0
        self._relay = ExoRelay.from_environment(signals=False)

    async def run(self) -> int:
        """The exit code, when the attempt has failed or exo ends it."""
        relay = self._relay
        if relay.attempt is None:
            raise RuntimeError(f"ROLE is '{relay.role}', which is no deployment script's (deployment-<role>-<version>)")
        relay.on("error", self._failed)
        relay.on("refused", self._refused)
        relay.attempt.on_failed(self._end)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._unexpected)
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._end)
        self._load(relay.attempt)
        await relay.connect()
        await self._ended.wait()
        # The broker's answer to our goodbye tells that it has read everything before it.
        await relay.close(timeout=0)
        return self._code

    def _load(self, attempt: ScriptAttempt) -> None:
        try:
            handlers = handlers_of(_import(self._file))
            if not set(attempt.start_names) & set(handlers):
                names = "' or '".join(attempt.start_names)
                raise RuntimeError(f"the script marks no function with @handle(…) for '{names}'")
            for name, handler in handlers.items():
                self._relay.handle(name)(handler)
        except (Exception, SystemExit) as error:
            # The host learns of the phases from the handlers, so a script that has none must still be asked.
            for name in attempt.start_names:
                self._relay.handle(name)(_nothing)
            self._failed(error)

    # What fails because the process ends is no failure of the script.
    def _failed(self, error: BaseException) -> None:
        if self._ending or self._relay.attempt is None:
            return
        self._code = 1
        print(_shown(error), file=sys.stderr, flush=True)
        self._relay.attempt.fail(_reason(error, self._file))

    def _refused(self, error: ExoError) -> None:
        print(error, file=sys.stderr, flush=True)
        self._code = 1
        self._end()

    # An exception in a task that nobody awaits, or in a callback of the event loop.
    def _unexpected(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception") or RuntimeError(context["message"])
        attempt = self._relay.attempt
        if self._ending or attempt is None:
            return
        if not attempt.finished:
            self._failed(error)
            return
        print(_shown(error), file=sys.stderr, flush=True)
        self._code = 1
        self._end()

    def _end(self) -> None:
        self._ending = True
        self._ended.set()


def main(arguments: Sequence[str] | None = None) -> int:
    files = sys.argv[1:] if arguments is None else list(arguments)
    if len(files) != 1 or files[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 0 if files == ["--help"] else 2
    try:
        return asyncio.run(_run(files[0]))
    except (ExoError, RuntimeError) as error:
        print(f"exo-script: {error}", file=sys.stderr)
        return 1


async def _run(file: str) -> int:
    return await ScriptLoader(file).run()


# The script's folder is searched for modules, as Python does for the file that it is given, and left as it is.
def _import(file: Path) -> ModuleType:
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(file.parent))
    specification = importlib.util.spec_from_file_location("deployment_script", file)
    if specification is None or specification.loader is None:
        raise RuntimeError(f"'{file}' is no Python file")
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def _nothing(_: object, __: object) -> None:
    pass


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith(_OURS)


# What its author needs of an error.
def _shown(error: BaseException) -> str:
    report: traceback.TracebackException | None = traceback.TracebackException.from_exception(error)
    whole = report
    while report is not None:
        report.stack = traceback.StackSummary.from_list([each for each in report.stack if not _is_ours(each)])
        report = report.__cause__ or report.__context__
    assert whole is not None
    if isinstance(error, ExoError) and not whole.stack:
        return str(error)
    return "".join(whole.format()).rstrip()


# The error's sentence, and where in the script's folder it happened.
def _reason(error: BaseException, file: Path) -> str:
    folder = str(file.parent) + os.sep
    if isinstance(error, SyntaxError):
        place = f"{error.filename}:{error.lineno}" if error.filename else ""
        sentence = f"{type(error).__name__}: {error.msg}"
    else:
        frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith(folder)]
        place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        sentence = describe(error)
    return f"{sentence} (at {place.removeprefix(folder)})" if place else sentence


if __name__ == "__main__":
    sys.exit(main())
