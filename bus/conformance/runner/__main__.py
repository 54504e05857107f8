"""Plays cases, several at a time, and says which have failed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .broker_stage import BrokerStage
from .case_file import Case, read_cases
from .child import CannotStart
from .notation import Misspelt
from .protocol import Violation
from .relay_stage import RelayStage
from .stage import Failure, Stage

FOLDER = Path(__file__).resolve().parent.parent
STAGES = {"relay": RelayStage, "broker": BrokerStage}
SUFFIX = ".cases"
USAGE = """\
Usage: bus/conformance/run [WHAT…] -- COMMAND…
  WHAT     relay (the default) or broker: all its cases; or a file, a folder, or FILE:LINE for the case at that line
  COMMAND  starts what is tested: a relay's driver, or a broker, which gets its endpoint as one more argument
Example: bus/conformance/run relay -- node bus/conformance/drivers/relay.js
"""


class Usage(Exception):
    """What was typed cannot be run; the message says why."""


def main(arguments: Sequence[str]) -> int:
    if "--help" in arguments:
        sys.stdout.write(USAGE)
        return 0
    try:
        wanted, command = _split(arguments)
        chosen = [each for what in wanted for each in _cases_of(what)]
    except (Usage, Misspelt) as error:
        sys.stderr.write(f"bus/conformance/run: {error}\n")
        return 2
    try:
        return _report(chosen, command)
    except CannotStart as error:
        sys.stderr.write(f"bus/conformance/run: {error}{_way_out(command[0])}\n")
        return 2


def _way_out(program: str) -> str:
    built = Path(program).parent.name == "conformance"
    return "; bin/test conformance builds it" if built and not Path(program).exists() else ""


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments or not arguments[-1:] or arguments[-1] == "--":
        raise Usage("after '--' comes the command that starts what is tested; see --help")
    at = list(arguments).index("--")
    return list(arguments[:at]) or ["relay"], list(arguments[at + 1 :])


def _cases_of(what: str) -> list[tuple[str, Case]]:
    name, _, line = what.partition(":")
    path = FOLDER / name if name in STAGES else Path(name)
    files = sorted(path.glob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files or not all(each.is_file() for each in files):
        raise Usage(f"there are no cases at '{what}'")
    found = []
    for file in files:
        read = read_cases(file)
        found += [(read.subject, each) for each in read.cases]
    return found if not line else _at_line(what, found, line)


# The case that this line is part of.
def _at_line(what: str, cases: list[tuple[str, Case]], line: str) -> list[tuple[str, Case]]:
    before = [each for each in cases if line.isdigit() and each[1].line <= int(line)]
    if not before:
        raise Usage(f"no case is at '{what}'")
    return before[-1:]


def _report(chosen: list[tuple[str, Case]], command: list[str]) -> int:
    failed = 0
    # Cases mostly wait for processes to start and to answer.
    with ThreadPoolExecutor(max_workers=2 * (os.cpu_count() or 1)) as pool:
        outcomes = pool.map(lambda each: _play(each[0], each[1], command), chosen)
        for (_, case), failure in zip(chosen, _until_one_cannot_start(pool, outcomes)):
            place = f"{_shown(case.file)}:{case.line}: {case.title}"
            print(f"ok      {place}" if failure is None else f"FAILED  {place}\n{failure}", flush=True)
            failed += failure is not None
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


def _until_one_cannot_start(
    pool: ThreadPoolExecutor, outcomes: Iterator[str | None]
) -> Iterator[str | None]:
    try:
        yield from outcomes
    except CannotStart:
        pool.shutdown(cancel_futures=True)
        raise


def _play(subject: str, case: Case, command: list[str]) -> str | None:
    """What went wrong, or None."""
    stage: Stage | None = None
    try:
        stage = STAGES[subject](command)
        stage.play(case)
        return None
    except (Failure, Misspelt, Violation, OSError) as error:
        said = [f"said      {line}" for line in stage.transcript[-30:]] if stage else []
        return "\n".join(f"  {line}" for line in [*str(error).splitlines(), *said])
    finally:
        if stage is not None:
            stage.close()


def _shown(file: Path) -> Path:
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
