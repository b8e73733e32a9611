"""A network without integers, for devices that compute with floats.

onnxruntime has no integer convolution, product or LSTM for CUDA: it runs those of an int8 export on the processor and
copies the signal back and forth. Here their weights become floats, and with them what surrounds them goes: quantising
the
signal, and scaling the result back. What does not match these shapes is left as it is.
"""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, NodeProto, helper

from voicegw_desktop.workers.tts.graph import Graph, bias_of, other


def rewrite(model: ModelProto) -> int:
    """Rewrite `model` in place; returns how many places were changed."""
    graph = Graph(model.graph)
    changed = sum(1 for node in graph.nodes("ConvInteger") if _product(graph, node, "Conv"))
    changed += sum(1 for node in graph.nodes("MatMulInteger") if _product(graph, node, "MatMul"))
    changed += sum(1 for node in graph.nodes("DynamicQuantizeLSTM") if _lstm(graph, node))
    if changed:
        graph.finish()
    return changed


def _product(graph: Graph, node: NodeProto, kind: str) -> bool:
    """ConvInteger [+ Add bias] or MatMulInteger, + Cast + Mul scale, to Conv or MatMul."""
    quantised = graph.maker(node.input[0], "DynamicQuantizeLinear")
    if quantised is None or len(node.input) != 4 or not all(n in graph.constants for n in node.input[1::2]):
        return False
    weights, zero = graph.value(node.input[1]), graph.value(node.input[3])
    bias: str | None = None
    last = node.output[0]
    if kind == "Conv" and (add := graph.next(last, "Add")):
        bias = bias_of(graph, other(add, last), len(weights))
        if bias is None:
            return False
        last = add.output[0]
    cast = graph.next(last, "Cast")
    mul = graph.next(cast.output[0], "Mul") if cast else None
    scales = graph.maker(other(mul, cast.output[0]), "Mul") if cast and mul else None
    if scales is None or mul is None:
        return False
    scale = [name for name in scales.input if name in graph.constants]
    # one for all weights, or one for each column of a product
    sizes = (1,) if kind == "Conv" else (1, weights.shape[-1])
    if len(scale) != 1 or zero.size not in sizes or graph.value(scale[0]).size not in sizes:
        return False
    floats = (weights.astype(np.float32) - zero.reshape(-1).astype(np.float32)) * graph.value(scale[0]).reshape(-1)
    # several products may share their weights
    name = graph.constant(f"{node.input[1]}/{scale[0]}/floats", floats.astype(np.float32))
    inputs = [quantised.input[0], name]
    if bias:
        inputs.append(graph.constant(f"{bias}/flat", graph.value(bias).reshape(-1)))
    made = helper.make_node(kind, inputs, [mul.output[0]], name=f"{mul.output[0]}/{kind}")
    made.attribute.extend(node.attribute)
    graph.replace(mul, [made])
    return True


def _lstm(graph: Graph, node: NodeProto) -> bool:
    """DynamicQuantizeLSTM to LSTM, whose weights lie the other way round."""
    inputs = list(node.input)
    if len(inputs) != 12 or not all(name in graph.constants for name in (*inputs[1:3], *inputs[8:12])):
        return False
    floats = []
    for weights, scale, zero in ((1, 8, 9), (2, 10, 11)):
        value = graph.value(inputs[weights]).astype(np.float32)
        by_direction = [
            np.reshape(graph.value(inputs[at]).astype(np.float32), (value.shape[0], 1, -1)) for at in (zero, scale)
        ]
        value = (value - by_direction[0]) * by_direction[1]
        floats.append(graph.constant(f"{inputs[weights]}/floats", value.transpose(0, 2, 1)))
    made = helper.make_node(
        "LSTM", [inputs[0], *floats, *inputs[3:8]], list(node.output), name=f"{node.output[0]}/LSTM"
    )
    made.attribute.extend(node.attribute)
    graph.replace(node, [made])
    return True
