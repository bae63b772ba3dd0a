"""cmake/coverage.py adds up what gcov tells."""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))

import coverage  # noqa: E402


def report(file: str, **counts: int) -> dict:
    lines = [{"line_number": int(name[1:]), "count": count} for name, count in counts.items()]
    return {"current_working_directory": str(ROOT / "build" / "coverage"), "files": [{"file": file, "lines": lines}]}


class CoverageTest(unittest.TestCase):
    def test_paths_are_those_of_src_and_others_are_left_out(self):
        self.assertEqual(coverage.lines_of(report("../../src/lake/lake.cc", l3=2)), {"lake/lake.cc": {3: 2}})
        self.assertEqual(coverage.lines_of(report(str(ROOT / "src/lake/lake.h"), l3=2)), {"lake/lake.h": {3: 2}})
        self.assertEqual(coverage.lines_of(report("/usr/include/c++/12/vector", l3=2)), {})
        self.assertEqual(coverage.lines_of(report("../../tests/x_test.cc", l3=2)), {})

    def test_a_line_of_several_instances_or_files_counts_once(self):
        lines = [{"line_number": 3, "count": 0}, {"line_number": 3, "count": 2}]
        one = coverage.lines_of({"current_working_directory": str(ROOT), "files": [{"file": "src/a/a.h", "lines": lines}]})
        other = coverage.lines_of(report("../../src/a/a.h", l3=0, l4=0))
        self.assertEqual(coverage.merged([one, other]), {"a/a.h": {3: 2, 4: 0}})

    def test_the_table_has_the_least_reached_module_first(self):
        files = {"a/x.cc": {1: 1, 2: 1}, "b/y.cc": {1: 0, 2: 1, 3: 0, 4: 0}, "a/z.h": {9: 1, 10: 0}}
        rows = [line.split() for line in coverage.module_table(files).splitlines()[1:]]
        self.assertEqual(rows, [["b", "4", "1", "25.0", "%"], ["a", "4", "3", "75.0", "%"], ["all", "8", "4", "50.0", "%"]])

    def test_the_list_names_the_lines(self):
        files = {"a/x.cc": {1: 1}, "b/y.cc": {1: 0, 2: 0, 3: 5, 7: 0}}
        self.assertEqual(coverage.file_list(files), "b/y.cc: 25.0 %, not reached: 1-2, 7\n")


if __name__ == "__main__":
    unittest.main()
