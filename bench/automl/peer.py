"""FLAML on one split of the bike-rentals data, with one thread; prints its test RMSE and CPU seconds as JSON.

    peer.py FILE.csv SPLIT BUDGET_S [--cpu]

--cpu counts the budget in CPU seconds of the process, for a busy machine.
"""

from __future__ import annotations

import json
import sys
import time

START = time.time()
if "--cpu" in sys.argv:
    time.time = lambda: START + time.process_time()  # before anything reads the clock

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from flaml import AutoML  # noqa: E402

FEATURES = ["season", "mnth", "holiday", "weekday", "workingday", "weathersit", "temp", "atemp", "hum", "windspeed"]
TEST_ROWS = 183


def main() -> None:
    path, split, budget_s = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    data = pd.read_csv(path)
    order = np.random.RandomState(split).permutation(len(data))
    test, training = data.iloc[order[:TEST_ROWS]], data.iloc[order[TEST_ROWS:]]
    automl = AutoML()
    before = time.process_time()
    automl.fit(training[FEATURES], training["rentals"], task="regression", metric="rmse", time_budget=budget_s, seed=0,
               n_jobs=1, verbose=0)
    cpu_s = time.process_time() - before
    errors = automl.predict(test[FEATURES]) - test["rentals"].to_numpy()
    print(json.dumps({"rmse": float(np.sqrt(np.mean(errors**2))), "cpu_s": cpu_s, "best": automl.best_estimator}))


if __name__ == "__main__":
    main()
