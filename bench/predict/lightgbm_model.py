"""A LightGBM regression of 100 trees as ONNX: trained through the library that Tarn trains with, written with `onnx`."""

from __future__ import annotations

import ctypes
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import helper

DTYPE_FLOAT32 = 0  # C_API_DTYPE_FLOAT32


class Library:
    """LightGBM's C API (LightGBM/c_api.h); a call that fails raises its message."""

    def __init__(self, path: Path) -> None:
        self.library = ctypes.CDLL(str(path))
        self.library.LGBM_GetLastError.restype = ctypes.c_char_p

    def call(self, name: str, *arguments) -> None:
        if getattr(self.library, name)(*arguments) != 0:
            raise RuntimeError(f"{name}: {self.library.LGBM_GetLastError().decode()}")


def train(library: Library, features: np.ndarray, target: np.ndarray, trees: int, leaves: int) -> dict:
    """Train on float32 features [N, F] and a float32 target [N]; return the model as LightGBM dumps it."""
    data, booster = ctypes.c_void_p(), ctypes.c_void_p()
    features, target = np.ascontiguousarray(features, np.float32), np.ascontiguousarray(target, np.float32)
    rows, columns = features.shape
    library.call("LGBM_DatasetCreateFromMat", features.ctypes.data_as(ctypes.c_void_p), DTYPE_FLOAT32,
                 ctypes.c_int32(rows), ctypes.c_int32(columns), 1, b"verbosity=-1", None, ctypes.byref(data))
    library.call("LGBM_DatasetSetField", data, b"label", target.ctypes.data_as(ctypes.c_void_p), rows, DTYPE_FLOAT32)
    options = f"objective=regression num_leaves={leaves} deterministic=true seed=1 verbosity=-1 num_threads=2"
    library.call("LGBM_BoosterCreate", data, options.encode(), ctypes.byref(booster))
    finished = ctypes.c_int()
    for _ in range(trees):
        library.call("LGBM_BoosterUpdateOneIter", booster, ctypes.byref(finished))
    size = ctypes.c_int64()
    library.call("LGBM_BoosterDumpModel", booster, 0, -1, 0, ctypes.c_int64(0), ctypes.byref(size), None)
    text = ctypes.create_string_buffer(size.value)
    library.call("LGBM_BoosterDumpModel", booster, 0, -1, 0, size, ctypes.byref(size), text)
    library.call("LGBM_BoosterFree", booster)
    library.call("LGBM_DatasetFree", data)
    return json.loads(text.value)


def float_below(threshold: float) -> float:
    """The largest float32 that is not above it: for a float32 x, x <= threshold is x <= this."""
    rounded = np.float32(threshold)
    return float(rounded if float(rounded) <= threshold else np.nextafter(rounded, np.float32(-np.inf)))


def to_onnx(dump: dict, features: int) -> bytes:
    """One input `input` of float [N, features], one output `variable_out1` of float [N, 1]."""
    nodes: dict[str, list] = {name: [] for name in (
        "treeids", "nodeids", "featureids", "modes", "values", "truenodeids", "falsenodeids",
        "missing_value_tracks_true")}
    leaves: dict[str, list] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}

    def add(tree: int, node: dict, counter: list[int]) -> int:
        number, at = counter[0], len(nodes["treeids"])
        counter[0] += 1
        leaf = "leaf_value" in node
        row = (tree, number, 0 if leaf else node["split_feature"], "LEAF" if leaf else "BRANCH_LEQ",
               0.0 if leaf else float_below(node["threshold"]), 0, 0, int(not leaf and node["default_left"]))
        for name, value in zip(nodes, row, strict=True):
            nodes[name].append(value)
        if leaf:
            for name, value in zip(leaves, (tree, number, 0, node["leaf_value"]), strict=True):
                leaves[name].append(value)
        else:
            nodes["truenodeids"][at] = add(tree, node["left_child"], counter)
            nodes["falsenodeids"][at] = add(tree, node["right_child"], counter)
        return number

    for tree, info in enumerate(dump["tree_info"]):
        add(tree, info["tree_structure"], [0])
    attributes = {f"nodes_{name}": values for name, values in nodes.items()}
    attributes |= {f"target_{name}": values for name, values in leaves.items()}
    node = helper.make_node("TreeEnsembleRegressor", ["input"], ["variable_out1"], domain="ai.onnx.ml", n_targets=1,
                            **attributes)
    number = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [node], "lightgbm", [helper.make_tensor_value_info("input", number, ["N", features])],
        [helper.make_tensor_value_info("variable_out1", number, ["N", 1])])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
