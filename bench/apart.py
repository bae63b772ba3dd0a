"""Runs a command and tells what it took: apart.py COMMAND [ARGUMENT ...]

Prints {"wall_s", "cpu_s", "resident_mb", "output"} as JSON and passes standard error and the exit code on. A process of its own,
because the kernel takes the memory that a parent holds when it starts a child for the child's: this parent is small.
"""

import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
output = process.stdout.read().decode()
_, status, usage = os.wait4(process.pid, 0)
wall = time.perf_counter() - start
process.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps({"wall_s": wall, "cpu_s": usage.ru_utime + usage.ru_stime, "resident_mb": usage.ru_maxrss / 1024,
                  "output": output}))
sys.exit(process.returncode if process.returncode >= 0 else 128 - process.returncode)
