"""Small networks in the forms that sherpa-onnx reads, one for each family; all hear "one two" in any sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

FLOAT, INT32, INT64 = TensorProto.FLOAT, TensorProto.INT32, TensorProto.INT64
TEXT = "one two"
LONGEST = 4096  # frames that a network without memory gives
NEMO = {"vocab_size": 3, "subsampling_factor": 4, "normalize_type": "NA"}
NEMO_SYMBOLS = ("<unk>", "▁one", "▁two", "<blk>")
SYMBOLS = ("<blk>", "<unk>", "▁one", "▁two")
PREDICTOR = {"pred_rnn_layers": 1, "pred_hidden": 4}
CACHES = {f"cache_last_{of}_dim{n}": n for of in ("channel", "time") for n in (1, 2, 3)}
LISTS = {"neg_mean": ",".join(["0"] * 560), "inv_stddev": ",".join(["1"] * 560)}
SENSE_SYMBOLS = ("<blk>", "<|en|>", "<|NEUTRAL|>", "<|Speech|>", "<|withitn|>", "▁one", "▁two")
SPOKEN = {f"lang_{code}": n for n, code in enumerate(("auto", "zh", "en", "yue", "ja", "ko"))}
LFR = {"lfr_window_size": 7, "lfr_window_shift": 6}


def rows(numbers: Sequence[int], symbols: int, blank: int, frames: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Scores [1, frames, symbols] whose highest ones are `numbers`, then blanks."""
    table = np.zeros((1, frames, symbols), np.float32)
    for frame in range(frames):
        table[0, frame, numbers[frame] if frame < len(numbers) else blank] = 10.0
    return table


def network(
    nodes: Sequence[NodeProto],
    inputs: Mapping[str, tuple[int, Sequence[Any]]],
    outputs: Mapping[str, int],
    constants: Mapping[str, Any],
    facts: Mapping[str, object],
) -> ModelProto:
    """A network; `inputs`: name → type and shape, `outputs`: name → type."""
    graph = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, kind, None) for name, kind in outputs.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(model, {name: str(value) for name, value in facts.items()})
    return model


def sliced(name: str, axis: int, divide: int, add: int, result: str) -> list[NodeProto]:
    """Nodes that cut `table` to as many frames as follow from the input's."""
    return [
        helper.make_node("Shape", [name], ["shape"]),
        helper.make_node("Slice", ["shape", "axis", "axis_end"], ["frames"]),
        helper.make_node("Div", ["frames", "divide"], ["part"]),
        helper.make_node("Add", ["part", "add"], ["end"]),
        helper.make_node("Slice", ["table", "start", "end", "one"], [result]),
    ]


def slicing(axis: int, divide: int, add: int) -> dict[str, Any]:
    """The constants of `sliced`."""
    numbers = {"axis": axis, "axis_end": axis + 1, "divide": divide, "add": add, "start": 0, "one": 1}
    return {name: np.array([value], np.int64) for name, value in numbers.items()}


def whole(
    name: str, axis: int, divide: int, add: int, inputs: Any, table: Any, facts: Any, lens: str = ""
) -> ModelProto:
    """A network that gives as many frames of `table` as follow from its input; `lens`: it also tells how many."""
    nodes = sliced(name, axis, divide, add, "scores")
    outputs = {"scores": FLOAT}
    if lens:
        nodes.append(helper.make_node("Identity", ["end"], [lens]))
        outputs[lens] = INT64
    return network(nodes, inputs, outputs, {"table": table, **slicing(axis, divide, add)}, facts)


def nemo_ctc() -> dict[str, ModelProto]:
    inputs = {"audio_signal": (FLOAT, (None, 80, None)), "length": (INT64, (None,))}
    table = rows((3, 1, 3, 2), 4, 3, LONGEST)
    return {"model": whole("audio_signal", 2, 4, 1, inputs, table, {"model_type": "EncDecCTCModelBPE", **NEMO})}


def zipformer_ctc() -> dict[str, ModelProto]:
    inputs = {"x": (FLOAT, (None, None, 80)), "x_lens": (INT64, (None,))}
    table = rows((0, 2, 0, 3), 4, 0, LONGEST)
    return {"model": whole("x", 1, 4, 1, inputs, table, {"model_type": "zipformer2_ctc"}, "log_probs_len")}


def sense_voice() -> dict[str, ModelProto]:
    inputs = {
        "x": (FLOAT, (None, None, 560)), "x_length": (INT32, (None,)), "language": (INT32, (None,)),
        "text_norm": (INT32, (None,)),
    }  # fmt: skip
    facts = {
        "model_type": "sense_voice_ctc", "vocab_size": 7, "normalize_samples": 0, "with_itn": 14, "without_itn": 15,
        **LFR, **LISTS, **SPOKEN,
    }  # fmt: skip
    return {"model": whole("x", 1, 1, 4, inputs, rows((1, 2, 3, 4, 5, 0, 6), 7, 0, LONGEST), facts)}


def paraformer() -> dict[str, ModelProto]:
    inputs = {"speech": (FLOAT, (None, None, 560)), "speech_lengths": (INT32, (None,))}
    facts = {"model_type": "paraformer", "vocab_size": 4, **LFR, **LISTS}
    nodes = [helper.make_node("Identity", ["table"], ["scores"]), helper.make_node("Identity", ["two"], ["token_num"])]
    constants = {"table": rows((2, 3), 4, 1, 3), "two": np.array([3], np.int32)}
    return {"model": network(nodes, inputs, {"scores": FLOAT, "token_num": INT32}, constants, facts)}


def _joined(scores: str, other: str, facts: Mapping[str, object], shape: Sequence[Any]) -> ModelProto:
    nodes = [helper.make_node("Add", [scores, other], ["sum"])]
    outputs = {"sum": FLOAT}
    if len(shape) == 3:
        nodes.append(helper.make_node("Reshape", ["sum", "flat"], ["logit"]))
        outputs = {"logit": FLOAT}
    constants = {"flat": np.array([-1, 1, 1, shape[1]], np.int64)} if len(shape) == 3 else {}
    return network(nodes, {scores: (FLOAT, shape), other: (FLOAT, shape)}, outputs, constants, facts)


def _stateless(symbols: int = 4) -> dict[str, ModelProto]:
    nodes = [
        helper.make_node("Cast", ["y"], ["cast"], to=FLOAT),
        helper.make_node("ReduceSum", ["cast", "last"], ["summed"], keepdims=1),
        helper.make_node("Mul", ["summed", "nothing"], ["decoder_out"]),
    ]
    constants = {"last": np.array([1], np.int64), "nothing": np.zeros((1, symbols), np.float32)}
    facts = {"vocab_size": symbols, "context_size": 2}
    decoder = network(nodes, {"y": (INT64, (None, 2))}, {"decoder_out": FLOAT}, constants, facts)
    joiner = _joined("encoder_out", "decoder_out", {"joiner_dim": symbols}, (None, symbols))
    return {"decoder": decoder, "joiner": joiner}


def zipformer() -> dict[str, ModelProto]:
    inputs = {"x": (FLOAT, (None, None, 80)), "x_lens": (INT64, (None,))}
    table = rows((0, 2, 0, 3), 4, 0, LONGEST)
    encoder = whole("x", 1, 4, 1, inputs, table, {"model_type": "zipformer2"}, "encoder_out_lens")
    return {"encoder": encoder, **_stateless()}


def _first(state: str, result: str) -> list[NodeProto]:
    """Nodes that give `table` where the state is 0, as at the first piece, and `blanks` later."""
    return [
        helper.make_node("Cast", [state], ["number"], to=FLOAT),
        helper.make_node("ReduceMax", ["number"], ["highest"], keepdims=0),
        helper.make_node("Less", ["highest", "half"], ["fresh"]),
        helper.make_node("Where", ["fresh", "table", "blanks"], [result]),
        helper.make_node("Add", [state, "more"], [f"new_{state}"]),
    ]


def lstm_streaming() -> dict[str, ModelProto]:
    inputs = {"x": (FLOAT, (None, 9, 80)), "h": (FLOAT, (1, None, 4)), "c": (FLOAT, (1, None, 4))}
    nodes = [*_first("h", "encoder_out"), helper.make_node("Identity", ["c"], ["new_c"])]
    constants = {
        "table": rows((0, 2, 0, 3), 4, 0, 4), "blanks": rows((), 4, 0, 4), "half": np.float32(0.5),
        "more": np.float32(1),
    }  # fmt: skip
    facts = {
        "model_type": "lstm", "T": 9, "decode_chunk_len": 4, "num_encoder_layers": 1, "rnn_hidden_size": 4, "d_model": 4
    }  # fmt: skip
    encoder = network(nodes, inputs, {"encoder_out": FLOAT, "new_h": FLOAT, "new_c": FLOAT}, constants, facts)
    return {"encoder": encoder, **_stateless()}


def _predictor(symbols: int = 4) -> ModelProto:
    """Forbids the token that was said last, so that a frame says each once."""
    nodes = [
        helper.make_node("Gather", ["forbidden", "targets"], ["rows"], axis=0),
        helper.make_node("Transpose", ["rows"], ["outputs"], perm=[0, 2, 1]),
        helper.make_node("Identity", ["target_length"], ["lengths"]),
        helper.make_node("Identity", ["states_1"], ["states_1_out"]),
        helper.make_node("Identity", ["states_2"], ["states_2_out"]),
    ]
    forbidden = -100.0 * np.eye(symbols, dtype=np.float32)
    forbidden[-1] = 0
    inputs = {
        "targets": (INT32, (None, None)), "target_length": (INT32, (None,)), "states_1": (FLOAT, (1, None, 4)),
        "states_2": (FLOAT, (1, None, 4)),
    }  # fmt: skip
    outputs = {"outputs": FLOAT, "lengths": INT32, "states_1_out": FLOAT, "states_2_out": FLOAT}
    return network(nodes, inputs, outputs, {"forbidden": forbidden}, {})


def _scores(numbers: Sequence[int], frames: int) -> Any:
    """Scores [1, symbols, frames] as those of `rows`; the blank has the second highest in each frame."""
    table = rows(numbers, 4, 3, frames)
    table[0, :, 3] = np.maximum(table[0, :, 3], 1.0)
    return np.ascontiguousarray(table.transpose(0, 2, 1))


def parakeet() -> dict[str, ModelProto]:
    inputs = {"audio_signal": (FLOAT, (None, 80, None)), "length": (INT64, (None,))}
    nodes = [
        helper.make_node("Identity", ["table"], ["outputs"]),
        helper.make_node("Mul", ["length", "none"], ["zero"]),
        helper.make_node("Add", ["zero", "frames"], ["encoded_lengths"]),
    ]
    constants = {"table": _scores((3, 1, 3, 2), 6), "none": np.int64(0), "frames": np.int64(6)}
    facts = {"model_type": "EncDecRNNTBPEModel", "feat_dim": 80, **NEMO, **PREDICTOR}
    encoder = network(nodes, inputs, {"outputs": FLOAT, "encoded_lengths": INT64}, constants, facts)
    joiner = _joined("encoder_outputs", "decoder_outputs", {}, (None, 4, 1))
    return {"encoder": encoder, "decoder": _predictor(), "joiner": joiner}


def nemotron_streaming() -> dict[str, ModelProto]:
    inputs = {
        "audio_signal": (FLOAT, (None, 80, None)), "length": (INT64, (None,)), "channel": (FLOAT, (None, 1, 2, 3)),
        "time": (FLOAT, (None, 1, 2, 3)), "seen": (INT64, (None,)),
    }  # fmt: skip
    nodes = [
        *_first("seen", "outputs"),
        helper.make_node("Identity", ["length"], ["lengths"]),
        helper.make_node("Identity", ["channel"], ["new_channel"]),
        helper.make_node("Identity", ["time"], ["new_time"]),
    ]
    constants = {
        "table": _scores((3, 1, 3, 2), 4), "blanks": _scores((), 4), "half": np.float32(0.5), "more": np.int64(1)
    }  # fmt: skip
    facts = {
        "model_type": "EncDecHybridRNNTCTCBPEModel", "window_size": 25, "chunk_shift": 16, **NEMO, **PREDICTOR, **CACHES
    }  # fmt: skip
    outputs = {"outputs": FLOAT, "lengths": INT64, "new_channel": FLOAT, "new_time": FLOAT, "new_seen": INT64}
    joiner = _joined("encoder_outputs", "decoder_outputs", {}, (None, 4, 1))
    return {"encoder": network(nodes, inputs, outputs, constants, facts), "decoder": _predictor(), "joiner": joiner}


def _told(name: str, places: int) -> tuple[list[NodeProto], dict[str, Any]]:
    """Nodes and constants that make `table` of the sound: as many symbols as places, each one 1 to 9 by its loudness.

    `name`: the input, with the frames on its second axis and one more than can be divided by the places.
    """
    nodes = [
        helper.make_node("Slice", [name, "t_start", "t_end", "t_axis"], ["even"]),
        helper.make_node("Reshape", ["even", "t_shape"], ["places"]),
        helper.make_node("ReduceMean", ["places"], ["loud"], axes=[2], keepdims=0),
        helper.make_node("Add", ["loud", "t_lowest"], ["above"]),
        helper.make_node("Mul", ["above", "t_steps"], ["many"]),
        helper.make_node("Floor", ["many"], ["floored"]),
        helper.make_node("Clip", ["floored", "t_zero", "t_nine"], ["level"]),
        helper.make_node("Cast", ["level"], ["symbol"], to=INT64),
        helper.make_node("OneHot", ["symbol", "t_depth", "t_values"], ["table"], axis=-1),
    ]
    constants = {
        "t_start": np.array([1], np.int64), "t_end": np.array([1 << 20], np.int64), "t_axis": np.array([1], np.int64),
        "t_shape": np.array([0, places, -1], np.int64), "t_lowest": np.float32(13), "t_steps": np.float32(0.7),
        "t_zero": np.float32(0), "t_nine": np.float32(9), "t_depth": np.int64(10),
        "t_values": np.array([0, 10], np.float32),
    }  # fmt: skip
    return nodes, constants


def lstm_telling() -> dict[str, ModelProto]:
    """Hears 0.41 s at a time, and writes a symbol for each 0.32 s, by its loudness; nothing for silence."""
    inputs = {"x": (FLOAT, (None, 41, 80)), "h": (FLOAT, (1, None, 4)), "c": (FLOAT, (1, None, 4))}
    told, constants = _told("x", 1)
    nodes = [*told, *(helper.make_node("Identity", [a], [b]) for a, b in (("table", "encoder_out"), ("h", "new_h")))]
    nodes.append(helper.make_node("Identity", ["c"], ["new_c"]))
    facts = {
        "model_type": "lstm", "T": 41, "decode_chunk_len": 32, "num_encoder_layers": 1, "rnn_hidden_size": 4,
        "d_model": 4,
    }  # fmt: skip
    encoder = network(nodes, inputs, {"encoder_out": FLOAT, "new_h": FLOAT, "new_c": FLOAT}, constants, facts)
    return {"encoder": encoder, **_stateless(10)}


def nemotron_telling() -> dict[str, ModelProto]:
    """Hears 1.21 s at a time, and writes four symbols for each 1.12 s, by their loudness; nothing for silence."""
    inputs = {
        "audio_signal": (FLOAT, (None, 80, None)), "length": (INT64, (None,)), "channel": (FLOAT, (None, 1, 2, 3)),
        "time": (FLOAT, (None, 1, 2, 3)), "seen": (INT64, (None,)),
    }  # fmt: skip
    told, constants = _told("turned", 4)
    nodes = [
        helper.make_node("Transpose", ["audio_signal"], ["turned"], perm=[0, 2, 1]),
        *told,
        # the blank is the last symbol here, and has the second highest score in each frame
        helper.make_node("Gather", ["table", "order"], ["in_order"], axis=2),
        helper.make_node("Max", ["in_order", "least"], ["ordered"]),
        helper.make_node("Transpose", ["ordered"], ["outputs"], perm=[0, 2, 1]),
        *(helper.make_node("Identity", [name], [f"new_{name}"]) for name in ("channel", "time", "seen")),
        helper.make_node("Identity", ["length"], ["lengths"]),
    ]
    constants |= {"order": np.array([*range(1, 10), 0], np.int64), "least": np.float32([0] * 9 + [1])}
    facts = {
        "model_type": "EncDecHybridRNNTCTCBPEModel", "window_size": 121, "chunk_shift": 112,
        **NEMO, "vocab_size": 9, "subsampling_factor": 28, **PREDICTOR, **CACHES,
    }  # fmt: skip
    outputs = {"outputs": FLOAT, "lengths": INT64, "new_channel": FLOAT, "new_time": FLOAT, "new_seen": INT64}
    joiner = _joined("encoder_outputs", "decoder_outputs", {}, (None, 10, 1))
    return {"encoder": network(nodes, inputs, outputs, constants, facts), "decoder": _predictor(10), "joiner": joiner}


FAMILIES = {
    "nemo-ctc": (nemo_ctc, NEMO_SYMBOLS),
    "zipformer-ctc": (zipformer_ctc, SYMBOLS),
    "sense-voice": (sense_voice, SENSE_SYMBOLS),
    "paraformer": (paraformer, ("<blank>", "</s>", "one", "two")),
    "zipformer": (zipformer, SYMBOLS),
    "lstm-streaming": (lstm_streaming, SYMBOLS),
    "parakeet": (parakeet, NEMO_SYMBOLS),
    "nemotron-streaming": (nemotron_streaming, NEMO_SYMBOLS),
}
"""Name → what makes its networks, by part, and its tokens."""
NUMBERS = ("▁one", "▁two", "▁three", "▁four", "▁five", "▁six", "▁seven", "▁eight", "▁nine")
TELLING = {
    "lstm-telling": (lstm_telling, ("<blk>", *NUMBERS)),
    "nemotron-telling": (nemotron_telling, (*NUMBERS, "<blk>")),
}
"""Networks that hear piece by piece, and whose text follows from the sound."""


def write(family: str, folder: Path) -> Path:
    """Lay out a recogniser as sherpa-onnx's releases do; returns `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    make, symbols = {**FAMILIES, **TELLING}[family]
    for part, model in make().items():
        (folder / f"{part}.int8.onnx").write_bytes(model.SerializeToString())
    lines = (f"{symbol} {number}\n" for number, symbol in enumerate(symbols))
    (folder / "tokens.txt").write_text("".join(lines), "utf-8")
    return folder
