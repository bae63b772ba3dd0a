"""What a table may hold, by what its writers were told."""

from __future__ import annotations

import collections
import random
import threading
from dataclasses import dataclass

PARTS = 32  # partitions of the table: Spark looks for conflicts in those that it read


@dataclass(frozen=True)
class Change:
    """One statement: what becomes of the row `id` (its `n`), and of a `fresh` row beside it."""

    kind: str
    id: int
    before: int | None
    after: int | None
    fresh: int = 0  # of a merge: the row that it inserts

    @property
    def part(self) -> int:
        return self.id % PARTS


class Ledger:
    """Which rows there are. Each row belongs to one statement at a time; thread-safe."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: dict[int, int | None] = {}  # the value of n; None: no such row
        self.busy: set[int] = set()
        self.open: list[Change] = []  # whole or not at all: nobody was told
        self.counts: collections.Counter[str] = collections.Counter()
        self.faults: list[str] = []
        self.last = 0
        self.random = random.Random(7)

    def _new_id(self, part: int | None = None) -> int:
        self.last += 1
        while part is not None and self.last % PARTS != part:
            self.last += 1
        return self.last

    def begin(self, kind: str) -> Change:
        """A change of that kind; an append where there is no row for it."""
        with self.lock:
            there = [i for i, n in self.rows.items() if n is not None and i not in self.busy]
            if kind == "append" or len(there) < 8:
                change = Change("append", self._new_id(), None, 0)
            else:
                victim = self.random.choice(there)
                n = self.rows[victim]
                if kind == "update":
                    change = Change(kind, victim, n, n + 1)
                elif kind == "delete":
                    change = Change(kind, victim, n, None)
                else:
                    change = Change(kind, victim, n, n + 10, self._new_id(victim % PARTS))
            self.busy.add(change.id)
            return change

    def end(self, who: str, change: Change, outcome: str) -> None:
        """`outcome`: done, lost (surely not done) or unknown."""
        with self.lock:
            self.counts[f"{who} {change.kind} {outcome}"] += 1
            if outcome == "unknown":
                self.open.append(change)  # and nobody else takes the row
                return
            self.busy.discard(change.id)
            if outcome == "done":
                self.rows[change.id] = change.after
                if change.fresh:
                    self.rows[change.fresh] = 0

    def fault(self, text: str) -> None:
        with self.lock:
            self.faults.append(text)

    def check(self, found: list[tuple[int, int]]) -> None:
        """Neither lost nor doubled: `found` are the rows' (id, n)."""
        table = dict(found)
        doubled = [i for i, times in collections.Counter(i for i, _ in found).items() if times > 1]
        assert not doubled, f"rows are there twice: {doubled}"
        expected = {i: n for i, n in self.rows.items() if n is not None}
        for change in self.open:
            # Whole or not at all: a merge changes its row and inserts the other, or neither.
            done = table.get(change.id) == change.after and (not change.fresh or table.get(change.fresh) == 0)
            undone = table.get(change.id) == change.before and (not change.fresh or change.fresh not in table)
            assert done or undone, f"{change} is half there: {table.get(change.id)}, {table.get(change.fresh)}"
            expected.pop(change.id, None)
            if done:
                expected |= {change.id: change.after} if change.after is not None else {}
                expected |= {change.fresh: 0} if change.fresh else {}
            elif change.before is not None:
                expected[change.id] = change.before
        lost = {i: n for i, n in expected.items() if table.get(i) != n}
        more = {i: n for i, n in table.items() if i not in expected}
        assert not lost and not more, f"lost or changed: {lost}; nobody wrote: {more}"
