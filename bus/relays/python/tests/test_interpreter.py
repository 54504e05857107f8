from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

RELAY = Path(__file__).resolve().parents[1]
EXO_PYTHON = RELAY / "bin" / "exo-python"


class InterpreterTest(unittest.TestCase):
    """Which Python runs scripts and services, whatever comes first on PATH."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def program(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)
        return file

    def run_python(self, **environment: str) -> subprocess.CompletedProcess[str]:
        code = "import exorelay, os, sys; print(sys.executable, os.environ.get('MARK'), exorelay.__file__)"
        path = f"{self.folder}:/usr/bin:/bin"
        return subprocess.run(
            [EXO_PYTHON, "-c", code], env={"PATH": path, **environment}, cwd="/", capture_output=True, text=True
        )

    def test_one_that_lacks_the_packages_is_passed_over(self) -> None:
        self.program("python3", 'echo "ModuleNotFoundError: No module named zmq" >&2; exit 1')
        ended = self.run_python()
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        self.assertTrue(ended.stdout.startswith("/usr/bin/python3 None "), ended.stdout)

    def test_the_first_on_path_is_taken_when_it_has_the_packages(self) -> None:
        self.program("python3", f'MARK=first exec {sys.executable} "$@"')
        self.assertIn(" first ", self.run_python().stdout)

    def test_the_one_that_is_set_comes_first(self) -> None:
        self.program("python3", f'MARK=first exec {sys.executable} "$@"')
        chosen = self.program("chosen", f'MARK=chosen exec {sys.executable} "$@"')
        self.assertIn(" chosen ", self.run_python(EXO_PYTHON=str(chosen)).stdout)

    def test_one_that_is_set_and_does_not_work_is_named_with_the_way_out(self) -> None:
        chosen = self.program("chosen", "exit 1")
        ended = self.run_python(EXO_PYTHON=str(chosen))
        self.assertEqual(ended.returncode, 1)
        self.assertIn(f"EXO_PYTHON is '{chosen}', which is no Python 3.11 or newer with pyzmq and msgpack", ended.stderr)
        self.assertIn(f"{chosen} -m pip install pyzmq msgpack", ended.stderr)

    def test_the_relay_is_found_before_what_the_application_adds(self) -> None:
        ended = self.run_python(PYTHONPATH="/nowhere")
        self.assertIn(str(RELAY), ended.stdout)

    def test_a_process_of_exo_gets_the_one_that_exo_was_told(self) -> None:
        chosen = self.program("chosen", f'MARK=chosen exec {sys.executable} "$@"')
        ended = self.run_python(EXO_PYTHON=str(EXO_PYTHON), EXO_PYTHON_PROGRAM=str(chosen))
        self.assertIn(" chosen ", ended.stdout)

    def test_it_may_itself_be_what_is_set(self) -> None:
        self.assertEqual(self.run_python(EXO_PYTHON=str(EXO_PYTHON)).returncode, 0)


class OutsideTest(unittest.TestCase):
    """The relay in an application that is not in exo's clone."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def imported(self, python_path: Path) -> str:
        """Where a program in another folder finds the relay."""
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(python_path), "PYTHONDONTWRITEBYTECODE": "1"}
        code = "import exorelay; print(exorelay.ExoRelay.__name__, exorelay.__file__)"
        command = [sys.executable, "-c", code]
        ended = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
        self.assertEqual((ended.returncode, ended.stderr), (0, ""))
        return ended.stdout

    def test_a_python_path_is_enough(self) -> None:
        self.assertEqual(self.imported(RELAY), f"ExoRelay {RELAY / 'exorelay' / '__init__.py'}\n")

    def test_it_can_be_installed_from_its_folder(self) -> None:
        copy, target = self.folder / "copy", self.folder / "installed"
        shutil.copytree(RELAY, copy, ignore=shutil.ignore_patterns("__pycache__", "tests"))
        offline = ["--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check"]
        command: list[str | Path] = [sys.executable, "-m", "pip", "install", *offline, "--quiet"]
        command += ["--target", target, copy]
        ended = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn(str(target), self.imported(target))
        self.assertTrue((target / "exorelay" / "py.typed").exists())
        self.assertTrue((target / "bin" / "exo-script").exists())
