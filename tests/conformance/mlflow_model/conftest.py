"""The fixtures of tests/e2e, and a home with trained models."""

import importlib.util
import sys
from pathlib import Path

_E2E = Path(__file__).resolve().parents[2] / "e2e" / "conftest.py"
_spec = importlib.util.spec_from_file_location("tarn_program", _E2E)
program = importlib.util.module_from_spec(_spec)
sys.modules["tarn_program"] = program
_spec.loader.exec_module(program)
binary = program.binary
