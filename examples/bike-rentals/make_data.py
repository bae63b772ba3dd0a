#!/usr/bin/env python3
"""Make this folder's CSV files from the hourly bike-sharing set of the Python package ISLP.

Usage: make_data.py Bikeshare.csv

The package (version 0.4.0 on PyPI) holds ``ISLP/data/Bikeshare.csv``: the hours of 2011 of the UCI Bike Sharing set.
Hours become days: rentals are summed, temperatures, humidity and wind averaged, the weather is that of most hours. The
last ten days become the forecast to predict for; the others are for training.
"""

import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

FEATURES = ["season", "mnth", "holiday", "weekday", "workingday", "weathersit", "temp", "atemp", "hum", "windspeed"]
AVERAGED = ["temp", "atemp", "hum", "windspeed"]
FORECAST_DAYS = 10


def daily(hours: list[dict]) -> list[dict]:
    """One row a day, in order; ``rentals`` is the day's sum of ``bikers``."""
    days = defaultdict(list)
    for hour in hours:
        days[int(hour["day"])].append(hour)
    rows = []
    for _, group in sorted(days.items()):
        row = {name: group[0][name] for name in FEATURES}
        row["weathersit"] = Counter(hour["weathersit"] for hour in group).most_common(1)[0][0]
        for name in AVERAGED:
            row[name] = round(sum(float(hour[name]) for hour in group) / len(group), 6)
        row["rentals"] = sum(int(hour["bikers"]) for hour in group)
        rows.append(row)
    return rows


def write(path: Path, rows: list[dict], names: list[str]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    with open(sys.argv[1], newline="") as file:
        rows = daily(list(csv.DictReader(file)))
    folder = Path(__file__).parent
    write(folder / "bike-rentals.csv", rows[:-FORECAST_DAYS], [*FEATURES, "rentals"])
    write(folder / "weather-forecast.csv", rows[-FORECAST_DAYS:], FEATURES)


if __name__ == "__main__":
    main()
