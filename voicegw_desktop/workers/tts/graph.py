"""A network in a form that runs in half the time.

An int8 export convolves by `ConvInteger`, which onnxruntime computes with unsigned weights that it packs again each
time. As a matrix product over windows of the signal, with signed weights that are packed once, the same integers take
half as long on processors with dot products of bytes, and scale and bias come for nothing. Normalisation over time,
which the exporter writes as seven steps over the whole signal, is one operator.

For one utterance at a time (a batch of one). What does not match these shapes is left as it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[Any]"
"""A constant of any type."""

MICROSOFT = "com.microsoft"


def rewrite(model: ModelProto) -> int:
    """Rewrite `model` in place; returns how many places were changed."""
    graph = Graph(model.graph)
    changed = sum(1 for node in graph.nodes("ConvInteger") if _convolution(graph, node))
    changed += sum(1 for node in graph.nodes("Sub") if _normalisation(graph, node))
    if changed:
        graph.finish()
        if not any(o.domain == MICROSOFT for o in model.opset_import):
            model.opset_import.append(helper.make_opsetid(MICROSOFT, 1))
    return changed


class Graph:
    """An ONNX graph with its edges, and what is to stand in place of some of its nodes."""

    def __init__(self, proto: GraphProto) -> None:
        self._proto = proto
        self.constants = {tensor.name: tensor for tensor in proto.initializer}
        self.makers = {name: node for node in proto.node for name in node.output}
        self._users: dict[str, list[NodeProto]] = defaultdict(list)
        for node in proto.node:
            for name in node.input:
                self._users[name].append(node)
        self._outputs = {value.name for value in proto.output}
        self._instead: dict[str, list[NodeProto]] = {}
        self._made: set[str] = set()

    def nodes(self, kind: str) -> Iterator[NodeProto]:
        """All nodes of one kind."""
        return (node for node in list(self._proto.node) if node.op_type == kind)

    def next(self, name: str, kind: str) -> NodeProto | None:
        """The only user of a value, if it is of that kind."""
        users = self._users[name]
        return users[0] if len(users) == 1 and users[0].op_type == kind and name not in self._outputs else None

    def maker(self, name: str, kind: str) -> NodeProto | None:
        """The node that makes a value, if it is of that kind."""
        node = self.makers.get(name)
        return node if node is not None and node.op_type == kind else None

    def users(self, name: str) -> list[NodeProto]:
        """All nodes that take a value."""
        return self._users[name]

    def value(self, name: str) -> Array:
        """A constant as an array."""
        return numpy_helper.to_array(self.constants[name])

    def constant(self, name: str, value: Array) -> str:
        """Add a constant once; returns its name."""
        if name not in self.constants:
            tensor = numpy_helper.from_array(np.ascontiguousarray(value), name)
            self._proto.initializer.append(tensor)
            self.constants[name] = tensor
        return name

    def add(self, nodes: list[NodeProto], kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Append a node to `nodes` unless its value has been made before; returns the value's name."""
        if output not in self._made:
            self._made.add(output)
            nodes.append(helper.make_node(kind, inputs, [output], name=f"{output}/{kind}", **attributes))
        return output

    def replace(self, node: NodeProto, nodes: list[NodeProto]) -> None:
        """Let `nodes`, the last of which makes the same value, stand for `node`."""
        self._instead[node.output[0]] = nodes

    def finish(self) -> None:
        """Put the replacements in and drop what nothing needs any more."""
        nodes = [new for node in self._proto.node for new in self._instead.get(node.output[0], [node])]
        needed = set(self._outputs)
        kept = []
        for node in reversed(nodes):
            if needed.intersection(node.output):
                needed.update(node.input)
                kept.append(node)
        del self._proto.node[:]
        self._proto.node.extend(reversed(kept))
        constants = [tensor for tensor in self._proto.initializer if tensor.name in needed]
        del self._proto.initializer[:]
        self._proto.initializer.extend(constants)
        # shapes of values that were removed
        del self._proto.value_info[:]


def other(node: NodeProto, name: str) -> str:
    """The second input of a commutative node."""
    first, second = node.input
    return second if first == name else first


# -- convolution ---------------------------------------------------------------------------------------------------


def _convolution(graph: Graph, conv: NodeProto) -> bool:
    """ConvInteger [+ Add bias] + Cast + Mul scale, to Gather + MatMulIntegerToFloat."""
    taps = _taps(conv)
    if taps is None or len(conv.input) != 4 or not all(n in graph.constants for n in (conv.input[1], conv.input[3])):
        return False
    kernel, dilation, before, after = taps
    weights, zero = graph.value(conv.input[1]), graph.value(conv.input[3])
    if weights.dtype != np.uint8 or zero.size != 1:
        return False
    bias: str | None = None
    last = conv.output[0]
    if add := graph.next(last, "Add"):
        bias = bias_of(graph, other(add, last), len(weights))
        if bias is None:
            return False
        last = add.output[0]
    cast = graph.next(last, "Cast")
    mul = graph.next(cast.output[0], "Mul") if cast else None
    scales = graph.maker(other(mul, cast.output[0]), "Mul") if cast and mul else None
    if scales is None or mul is None:
        return False
    weight_scale = [name for name in scales.input if name in graph.constants]
    if len(weight_scale) != 1:
        return False

    name, signal, signal_zero = mul.output[0] + "/rewritten", conv.input[0], conv.input[2]
    nodes: list[NodeProto] = []
    rows = graph.add(nodes, "Transpose", [signal], signal + "/rows", perm=[0, 2, 1])
    if before or after:
        pads = graph.constant(f"pads/{before}/{after}", np.array([0, before, 0, 0, after, 0], np.int64))
        rows = graph.add(nodes, "Pad", [rows, pads, signal_zero], f"{rows}/{before}/{after}")
    if kernel > 1:
        rows = _windows(graph, nodes, rows, kernel, dilation, weights.shape[1])
    signed = (weights.astype(np.int16) - 128).astype(np.int8)
    inputs = [
        rows,
        graph.constant(name + "/weights", signed.transpose(2, 1, 0).reshape(-1, len(weights))),
        other(scales, weight_scale[0]),
        weight_scale[0],
        signal_zero,
        graph.constant(name + "/zero", np.array(int(zero.reshape(-1)[0]) - 128, np.int8)),
    ]
    if bias:
        inputs.append(graph.constant(name + "/bias", graph.value(bias).reshape(-1)))
    product = graph.add(nodes, "MatMulIntegerToFloat", inputs, name, domain=MICROSOFT)
    graph.add(nodes, "Transpose", [product], mul.output[0], perm=[0, 2, 1])
    graph.replace(mul, nodes)
    return True


def _taps(conv: NodeProto) -> tuple[int, int, int, int] | None:
    """(kernel, dilation, padding before, after) of a plain convolution over time."""
    given = {a.name: helper.get_attribute_value(a) for a in conv.attribute}
    kernel = given.get("kernel_shape", [])
    plain = (
        len(kernel) == 1
        and given.get("group", 1) == 1
        and list(given.get("strides", [1])) == [1]
        and given.get("auto_pad", b"NOTSET") == b"NOTSET"
    )
    if not plain:
        return None
    before, after = given.get("pads", [0, 0])
    return int(kernel[0]), int(given.get("dilations", [1])[0]), int(before), int(after)


def _windows(graph: Graph, nodes: list[NodeProto], rows: str, kernel: int, dilation: int, channels: int) -> str:
    """[1, time, kernel · channels]: for each moment the rows that its taps see."""
    at = f"{rows}/{kernel}/{dilation}"
    length = graph.add(nodes, "Shape", [rows], rows + "/length", start=1, end=2)
    span = graph.constant(f"span/{(kernel - 1) * dilation}", np.array([(kernel - 1) * dilation], np.int64))
    moments = graph.add(nodes, "Sub", [length, span], f"{at}/count")
    axis0, axis1 = graph.constant("axis/0", np.array([0], np.int64)), graph.constant("axis/1", np.array([1], np.int64))
    count = graph.add(nodes, "Squeeze", [moments, axis0], f"{at}/scalar")
    zero, one = graph.constant("zero", np.array(0, np.int64)), graph.constant("one", np.array(1, np.int64))
    steps = graph.add(nodes, "Range", [zero, count, one], f"{at}/steps")
    column = graph.add(nodes, "Unsqueeze", [steps, axis1], f"{at}/column")
    offsets = graph.constant(f"taps/{kernel}/{dilation}", (np.arange(kernel) * dilation).astype(np.int64)[None])
    index = graph.add(nodes, "Add", [column, offsets], f"{at}/index")
    seen = graph.add(nodes, "Gather", [rows, index], f"{at}/seen", axis=1)
    flat = graph.constant(f"flat/{kernel * channels}", np.array([1, -1, kernel * channels], np.int64))
    return graph.add(nodes, "Reshape", [seen, flat], f"{at}/windows")


def bias_of(graph: Graph, name: str, channels: int) -> str | None:
    """The float bias that the exporter rounds to the product's scale as it runs."""
    for kind in ("Reshape", "Cast", "Floor", "Div"):
        node = graph.maker(name, kind)
        if node is None:
            return None
        name = node.input[0]
    if name in graph.constants and graph.value(name).size == channels and graph.value(name).dtype == np.float32:
        return name
    return None


# -- normalisation -------------------------------------------------------------------------------------------------


def _normalisation(graph: Graph, centred: NodeProto) -> bool:
    """(x - mean) / sqrt(variance + epsilon) · gain + shift over time, to InstanceNormalization."""
    signal, value = centred.input[0], centred.output[0]
    mean = graph.maker(centred.input[1], "ReduceMean")
    if mean is None or mean.input[0] != signal or not _over_time(graph, mean):
        return False
    ratio = next((u for u in graph.users(value) if u.op_type == "Div" and u.input[0] == value), None)
    if ratio is None:
        return False
    epsilon = _epsilon(graph, ratio.input[1], value)
    gain = graph.next(ratio.output[0], "Mul")
    shift = graph.next(gain.output[0], "Add") if gain is not None else None
    if epsilon is None or gain is None or shift is None:
        return False
    name = shift.output[0] + "/rewritten"
    nodes: list[NodeProto] = []
    flat = graph.constant("flat", np.array([-1], np.int64))
    gains = graph.add(nodes, "Reshape", [other(gain, ratio.output[0]), flat], name + "/gain")
    shifts = graph.add(nodes, "Reshape", [other(shift, gain.output[0]), flat], name + "/shift")
    graph.add(nodes, "InstanceNormalization", [signal, gains, shifts], shift.output[0], epsilon=epsilon)
    graph.replace(shift, nodes)
    return True


def _over_time(graph: Graph, mean: NodeProto) -> bool:
    given = {a.name: helper.get_attribute_value(a) for a in mean.attribute}
    axes = graph.value(mean.input[1]) if len(mean.input) > 1 and mean.input[1] in graph.constants else given.get("axes")
    return axes is not None and list(np.asarray(axes).reshape(-1)) == [2] and given.get("keepdims", 1) == 1


def _epsilon(graph: Graph, deviation: str, centred: str) -> float | None:
    """Epsilon, where `deviation` is the square root of the variance of `centred` and of it."""
    root = graph.maker(deviation, "Sqrt")
    add = graph.maker(root.input[0], "Add") if root is not None else None
    small = [name for name in add.input if name in graph.constants] if add is not None else []
    mean = graph.maker(other(add, small[0]), "ReduceMean") if add is not None and len(small) == 1 else None
    square = graph.maker(mean.input[0], "Mul") if mean is not None and _over_time(graph, mean) else None
    if square is None or list(square.input) != [centred, centred] or graph.value(small[0]).size != 1:
        return None
    return float(graph.value(small[0]).reshape(-1)[0])
