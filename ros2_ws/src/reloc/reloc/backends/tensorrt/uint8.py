"""Cast uint8 images first in graphs that transpose them first: TensorRT can only cast uint8."""

from __future__ import annotations

_ONNX = ("", "ai.onnx")


def casts_first(read: bytes) -> bytes:
    """Return the same graph with uint8 inputs cast before they are transposed, instead of after. Nothing else changes.

    A file that is not a graph is returned unchanged: TensorRT reports it itself.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        model = onnx.load_from_string(read)
    except DecodeError:
        return read
    graph = model.graph
    images = {v.name for v in graph.input if v.type.tensor_type.elem_type == onnx.TensorProto.UINT8}
    outputs = {v.name for v in graph.output}
    changed = False
    for node in graph.node:
        if node.op_type != "Transpose" or node.domain not in _ONNX or node.input[0] not in images:
            continue
        users = [user for user in graph.node if node.output[0] in user.input]
        if len(users) != 1 or users[0].op_type != "Cast" or node.output[0] in outputs:
            continue
        cast = users[0]
        # The two swap their operations and keep their places, so that the order stays topological.
        first, second = onnx.NodeProto(), onnx.NodeProto()
        first.CopyFrom(cast)
        second.CopyFrom(node)
        first.input[0], first.output[0] = node.input[0], node.output[0]
        second.input[0], second.output[0] = node.output[0], cast.output[0]
        node.CopyFrom(first)
        cast.CopyFrom(second)
        changed = True
    if not changed:
        return read
    del graph.value_info[:]  # the types of the values in between have changed
    return bytes(model.SerializeToString(deterministic=True))
