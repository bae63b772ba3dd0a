"""./dev says what it can do, and refuses what it does not know before it builds anything."""

import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def dev(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([ROOT / "dev", *arguments], capture_output=True, text=True, timeout=30, check=False)


class DevTest(unittest.TestCase):
    def test_help_names_every_command(self):
        script = (ROOT / "dev").read_text()
        cases = script[script.index("\ncase $command in"):]
        known = set(re.findall(r"^  ([a-z]+)\)", cases, re.M))
        told = set(re.findall(r"^\./dev (\w+)", dev("help").stdout, re.M))
        self.assertGreater(len(known), 5)
        self.assertEqual(known, told)

    def test_an_unknown_command(self):
        done = dev("tset")
        self.assertEqual(done.returncode, 1)
        self.assertIn("dev: error: unknown command 'tset'", done.stderr)
        self.assertIn("./dev test", done.stderr)

    def test_an_unknown_option_of_test(self):
        for words in (["--al"], ["--ci", "--everything"]):
            done = dev("test", *words)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, f"dev: error: unknown option '{words[-1]}' of test. Did you mean --ci or --all?\n")

    def test_the_script_is_one_that_bash_reads(self):
        self.assertEqual(subprocess.run(["bash", "-n", ROOT / "dev"], check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
