"""What a measurement gives: rows of one table, each with a peer measured in the same run."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

HEADINGS = ("bench", "what is measured", "Tarn", "peer", "ratio", "spread")


class NotRun(Exception):
    """Raised by a measurement that lacks what it needs; the text says what."""


@dataclass(frozen=True)
class Row:
    """One thing measured several times; ours[i] and theirs[i] were taken right after one another."""

    what: str
    unit: str  # "s", "ms", "MB", "requests/s", …
    ours: list[float]
    peer: str = ""  # what it is; empty where there is none
    theirs: list[float] = field(default_factory=list)
    more_is_better: bool = False

    def ratios(self) -> list[float]:
        """How many times better Tarn was in each pair: below 1 where it lost."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return [a / b if self.more_is_better else b / a for a, b in pairs]

    def cells(self, bench: str) -> list[str]:
        tarn = figure(statistics.median(self.ours), self.unit)
        if not self.theirs:
            return [bench, self.what, tarn, "", "", f"{number(min(self.ours))} to {figure(max(self.ours), self.unit)}"]
        ratios = self.ratios()
        peer = f"{self.peer}: {figure(statistics.median(self.theirs), self.unit)}"
        return [bench, self.what, tarn, peer, f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}"]


def number(value: float) -> str:
    """Three digits that count, and all those before the point."""
    if value == 0:
        return "0"
    digits = 2
    for limit in (10, 100):
        digits -= abs(value) >= limit
    for limit in (1, 0.1, 0.01):
        digits += abs(value) < limit
    return f"{value:,.{digits}f}".replace(",", " ")


def figure(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".rstrip()


def markdown(rows: Iterable[list[str]]) -> str:
    """A table that is read as it stands and as Markdown."""
    lines = [list(HEADINGS), *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]

    def text(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |\n"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|\n"
    return text(lines[0]) + rule + "".join(map(text, lines[1:]))


def tally(rows: Iterable[Row]) -> str:
    """How many rows were won and lost, by the median of the ratios; within a twentieth it is even."""
    ratios = [statistics.median(row.ratios()) for row in rows if row.theirs]
    won = sum(ratio > 1.05 for ratio in ratios)
    lost = sum(ratio < 0.95 for ratio in ratios)
    return f"faster, smaller or better than the peer in {won} rows, worse in {lost}, even in {len(ratios) - won - lost}"
