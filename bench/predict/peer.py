"""The peer of PREDICT: pandas reads the Parquet file, ONNX Runtime scores the matrix, pandas writes the scores.

Prints the wall and CPU seconds of that, imports not counted, and the largest resident size.
"""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import onnxruntime
import pandas as pd


def main() -> None:
    model, source, target = sys.argv[1:4]
    wall, cpu = time.perf_counter(), time.process_time()
    frame = pd.read_parquet(source)
    features = [name for name in frame.columns if name != "id"]
    session = onnxruntime.InferenceSession(model)
    scores = session.run(None, {"input": frame[features].to_numpy(np.float32)})[0]
    pd.DataFrame({"id": frame["id"], "variable_out1": scores[:, 0]}).to_parquet(target, index=False)
    print(json.dumps({
        "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu,
        "resident_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main()
