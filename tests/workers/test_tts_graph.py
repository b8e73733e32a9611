"""Networks rewritten for speed compute what they computed before."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from voicegw_desktop.workers.tts import onnx as sessions
from voicegw_desktop.workers.tts import prepared
from voicegw_desktop.workers.tts.graph import rewrite

pytestmark = pytest.mark.unit

CHANNELS, OUT = 8, 6


def network(kernel: int, dilation: int, pads: tuple[int, int], bias: bool = True, **attributes: Any) -> Any:
    """Quantise, convolve, scale, normalise over time: as an int8 export of a vocoder has it."""
    random = np.random.default_rng(3)
    constants = {
        "w": random.integers(0, 256, (OUT, CHANNELS, kernel)).astype(np.uint8),
        "w_zero": np.array(117, np.uint8),
        "w_scale": np.array(0.013, np.float32),
        "b": random.normal(size=OUT).astype(np.float32),
        "b_shape": np.array([1, -1, 1], np.int64),
        "time": np.array([2], np.int64),
        "epsilon": np.array(1e-5, np.float32),
        "gain": random.normal(size=(1, OUT, 1)).astype(np.float32),
        "shift": random.normal(size=(1, OUT, 1)).astype(np.float32),
    }
    conv = {"kernel_shape": [kernel], "dilations": [dilation], "pads": list(pads), **attributes}
    node = helper.make_node
    nodes = [
        node("DynamicQuantizeLinear", ["x"], ["q", "q_scale", "q_zero"]),
        node("Mul", ["q_scale", "w_scale"], ["scale"]),
        node("ConvInteger", ["q", "w", "q_zero", "w_zero"], ["sums"], **conv),
    ]
    if bias:
        nodes += [
            node("Div", ["b", "scale"], ["b_units"]),
            node("Floor", ["b_units"], ["b_whole"]),
            node("Cast", ["b_whole"], ["b_int"], to=TensorProto.INT32),
            node("Reshape", ["b_int", "b_shape"], ["b_wide"]),
            node("Add", ["sums", "b_wide"], ["biased"]),
        ]
    nodes += [
        node("Cast", ["biased" if bias else "sums"], ["floats"], to=TensorProto.FLOAT),
        node("Mul", ["floats", "scale"], ["y"]),
        node("ReduceMean", ["y", "time"], ["mean"]),
        node("Sub", ["y", "mean"], ["centred"]),
        node("Mul", ["centred", "centred"], ["squares"]),
        node("ReduceMean", ["squares", "time"], ["variance"]),
        node("Add", ["variance", "epsilon"], ["above"]),
        node("Sqrt", ["above"], ["deviation"]),
        node("Div", ["centred", "deviation"], ["ratio"]),
        node("Mul", ["gain", "ratio"], ["gained"]),
        node("Add", ["gained", "shift"], ["z"]),
    ]
    graph = helper.make_graph(
        nodes,
        "vocoder",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, None])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1, OUT, None]) for n in ("y", "z")],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, {"vocabulary": "abc"})
    return model


def outputs(model: Any, length: int = 50) -> tuple[Any, Any]:
    signal = np.random.default_rng(length).normal(size=(1, CHANNELS, length)).astype(np.float32)
    options = onnxruntime.SessionOptions()
    sessions.keep_sums_exact(options)
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    first, second = session.run(None, {"x": signal})
    return first, second


def kinds(model: Any) -> list[str]:
    return [node.op_type for node in model.graph.node]


@pytest.mark.parametrize(
    ("kernel", "dilation", "pads"), [(1, 1, (0, 0)), (3, 1, (1, 1)), (7, 3, (9, 9)), (5, 2, (0, 3)), (11, 5, (25, 25))]
)
@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_and_its_normalisation_give_the_same_values(
    kernel: int, dilation: int, pads: tuple[int, int], bias: bool
) -> None:
    model = network(kernel, dilation, pads, bias)
    before = {length: outputs(model, length) for length in (40, 173)}
    assert rewrite(model) == 2
    for length, (y, z) in before.items():
        after_y, after_z = outputs(model, length)
        # the export rounds its bias down to a whole unit of the product; the rewritten one does not
        assert np.abs(after_y - y).max() < (1e-3 if bias else 1e-5)
        assert np.abs(after_z - z).max() < 1e-3
    assert "ConvInteger" not in kinds(model)
    assert "ReduceMean" not in kinds(model)
    assert "Floor" not in kinds(model), "what nothing needs is gone"
    assert model.metadata_props[0].value == "abc"


def test_what_is_not_plain_stays_as_it_is() -> None:
    model = network(3, 1, (1, 1), strides=[2])
    before = outputs(model)
    rewrite(model)
    assert "ConvInteger" in kinds(model)
    assert np.abs(outputs(model)[1] - before[1]).max() < 1e-3


def test_a_value_that_others_need_is_still_made() -> None:
    model = network(3, 1, (1, 1))
    model.graph.output.append(helper.make_tensor_value_info("floats", TensorProto.FLOAT, None))
    assert rewrite(model) == 1, "the convolution's inner value is an output, so only the normalisation is rewritten"
    assert "ConvInteger" in kinds(model)


def test_the_kept_file_is_made_once_and_made_again_when_damaged_or_old(tmp_path: Path) -> None:
    source, folder = tmp_path / "voice.onnx", tmp_path / "kept"
    onnx.save(network(3, 1, (1, 1)), source)
    first = prepared.faster(source, folder)
    assert first.parent == folder
    made = first.stat().st_mtime_ns
    assert prepared.faster(source, folder) == first
    assert first.stat().st_mtime_ns == made
    damaged = bytearray(first.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    first.write_bytes(damaged)
    left, others = folder / "left.1.part", folder / "another.2.part"
    for part in (left, others):
        part.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert prepared.faster(source, folder) == first
    assert {p.name for p in folder.iterdir()} == {first.name, others.name}, "what a kill left is gone"
    others.unlink()
    onnx.save(network(5, 1, (2, 2)), source)
    second = prepared.faster(source, folder)
    assert second != first
    assert [p.name for p in folder.iterdir()] == [second.name], "the old network's file is gone"


def test_a_file_without_anything_to_gain_is_used_as_it_is(tmp_path: Path) -> None:
    source, folder = tmp_path / "voice.onnx", tmp_path / "kept"
    model = network(3, 1, (1, 1))
    rewrite(model)
    onnx.save(model, source)
    assert prepared.faster(source, folder) == source
    assert not list(folder.iterdir())


def test_the_probe_is_the_model_it_says_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = onnx.load_from_string(sessions._PROBE)
    onnx.checker.check_model(probe)
    # and onnxruntime takes it: with unsigned weights its sums are exact on every processor
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(sessions._PROBE, options, providers=["CPUExecutionProvider"])
    assert (session.run(None, {"x": np.full((4, 64), 255, np.uint8)})[0] == 64 * 255 * 127).all()
    (node,) = probe.graph.node
    (weights,) = probe.graph.initializer
    assert (node.op_type, list(node.input)) == ("MatMulInteger", ["x", "w"])
    assert numpy_helper.to_array(weights).tolist() == np.full((64, 16), 127).tolist()

    class Saturating:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def run(self, *_: Any) -> list[Any]:
            return [np.full((4, 16), 32 * 32767)]

    sessions.signed_bytes_overflow.cache_clear()
    monkeypatch.setattr(sessions.onnxruntime, "InferenceSession", Saturating)
    assert sessions.signed_bytes_overflow()
    sessions.signed_bytes_overflow.cache_clear()
