"""What a relay keeps for a bus that takes nothing, in memory of the process."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent


class MemoryTest(unittest.TestCase):
    def fill(self, way: str) -> tuple[int, int]:
        environment = {**os.environ, "PYTHONPATH": str(TESTS.parent), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, str(TESTS / "support" / "fill.py"), way]
        said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        limit, taken = said.split()
        return int(limit), int(taken)

    def test_what_waits_for_the_bus_takes_about_what_the_limit_says(self) -> None:
        for way in ("send", "request"):
            with self.subTest(way):
                limit, taken = self.fill(way)
                self.assertLess(taken, limit * 1.15)
                self.assertGreater(taken, limit / 2)


if __name__ == "__main__":
    unittest.main()
