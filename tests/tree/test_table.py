"""bench/table.py: who won, and how a figure is written."""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

import table  # noqa: E402
from table import Row  # noqa: E402


class TableTest(unittest.TestCase):
    def test_a_ratio_says_how_much_better_tarn_was(self):
        self.assertEqual(Row("a", "s", [1, 2, 4], "p", [2, 2, 2]).ratios(), [2, 1, 0.5])
        self.assertEqual(Row("a", "requests/s", [1, 2, 4], "p", [2, 2, 2], more_is_better=True).ratios(), [0.5, 1, 2])

    def test_a_row_has_medians_and_the_spread_of_the_pairs(self):
        row = Row("a", "s", [1, 2, 4], "peer", [3, 4, 4])
        self.assertEqual(row.cells("b"), ["b", "a", "2.00 s", "peer: 4.00 s", "2.00", "1.00 to 3.00"])
        alone = Row("a", "MB", [30, 20, 40])
        self.assertEqual(alone.cells("b"), ["b", "a", "30.0 MB", "", "", "20.0 to 40.0 MB"])

    def test_pairs_must_be_pairs(self):
        with self.assertRaises(ValueError):
            Row("a", "s", [1, 2], "p", [1]).ratios()

    def test_three_digits_count(self):
        for value, text in ((0, "0"), (0.00123, "0.00123"), (0.0123, "0.0123"), (0.123, "0.123"), (1.234, "1.23"),
                            (12.34, "12.3"), (123.4, "123"), (12345.6, "12 346")):
            self.assertEqual(table.number(value), text)

    def test_the_table_is_aligned_and_markdown(self):
        text = table.markdown([["x", "y", "1 s", "", "", ""]])
        head, rule, row = text.splitlines()
        self.assertEqual(len(head), len(rule))
        self.assertTrue(row.startswith("| x     | y                | 1 s  |"))
        self.assertEqual({line.count("|") for line in (head, rule, row)}, {7})

    def test_the_tally_counts_losses_too(self):
        rows = [Row("won", "s", [1], "p", [2]), Row("lost", "s", [2], "p", [1]), Row("even", "s", [1], "p", [1.01]),
                Row("alone", "s", [1])]
        self.assertIn("in 1 rows, worse in 1, even in 1", table.tally(rows))


if __name__ == "__main__":
    unittest.main()
