"""An int8 network with floats in their place says what it said before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

pytest.importorskip("onnxruntime")

from voicegw_desktop.workers.tts import floats
from voicegw_desktop.workers.tts.onnx import open_session

RNG = np.random.default_rng(7)
TEXT = "The quick brown fox jumps over the lazy dog by the river."


def session_of(model: Any, folder: Path, name: str) -> Any:
    path = folder / f"{name}.onnx"
    onnx.save(model, str(path))
    return open_session(path, 1, "cpu")


def network(kind: str, weights: Any, scale: Any, zero: Any, shape: list[Any]) -> Any:
    """x quantised, multiplied or convolved, and scaled back, as exporters write it."""
    constants = {"w": weights, "w_scale": scale, "w_zero": zero}
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "q_scale", "q_zero"]),
        helper.make_node(kind, ["q", "w", "q_zero", "w_zero"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["q_scale", "w_scale"], ["scale"]),
        helper.make_node("Mul", ["float", "scale"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


@pytest.mark.unit
@pytest.mark.parametrize("case", ["product", "product by column", "convolution"])
def test_products_are_the_same_without_integers(case: str, tmp_path: Path) -> None:
    if case == "convolution":
        weights = RNG.integers(0, 255, (3, 4, 5), np.uint8)
        model = network("ConvInteger", weights, np.float32(0.02), np.uint8(128), [1, 4, 40])
        signal = RNG.normal(size=(1, 4, 40)).astype(np.float32)
    else:
        weights = RNG.integers(-127, 127, (8, 6)).astype(np.int8)
        columns = 6 if "column" in case else 1
        scale = RNG.uniform(0.01, 0.03, columns).astype(np.float32)
        model = network("MatMulInteger", weights, scale, np.zeros(columns, np.int8), [5, 8])
        signal = RNG.normal(size=(5, 8)).astype(np.float32)
    (before,) = session_of(model, tmp_path, "before").run(None, {"x": signal})
    assert floats.rewrite(model) == 1
    assert {node.op_type for node in model.graph.node} in ({"Conv"}, {"MatMul"})
    (after,) = session_of(model, tmp_path, "after").run(None, {"x": signal})
    # what is left is the signal's own rounding to eight bits, which is gone now
    assert np.abs(after - before).max() < 0.02 * np.abs(before).max()
    assert floats.rewrite(model) == 0


@pytest.mark.real_engine
def test_kokoros_network_has_no_integers_left(models_dir: Path, tmp_path: Path) -> None:
    (source,) = (models_dir / "kokoro" / "v1.0-int8").glob("*.onnx")
    model = onnx.load(str(source))
    assert floats.rewrite(model)
    onnx.save(model, str(tmp_path / "floats.onnx"))
    kinds = {node.op_type for node in model.graph.node}
    assert not [kind for kind in kinds if "Integer" in kind or kind.startswith("DynamicQuantize")]

    from voicegw_desktop.workers.kokoro import KokoroEngine
    from voicegw_desktop.workers.tts.onnx import Stop

    engine = KokoroEngine(source.parent, "v1.0-int8", 1, "cpu")
    voice = engine.voice(None, None, None)
    integers = engine.synthesise(TEXT, voice, 1.0, Stop())
    engine._session = open_session(tmp_path / "floats.onnx", 1, "cpu")
    with_floats = engine.synthesise(TEXT, voice, 1.0, Stop())
    assert len(with_floats) == pytest.approx(len(integers), rel=0.05)
    assert np.abs(with_floats).max() == pytest.approx(np.abs(integers).max(), rel=0.2)
