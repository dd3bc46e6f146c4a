import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper, parser
from onnx.reference import ReferenceEvaluator
from support.onnx_models import float16_file, images

from reloc.models.precision import to_float16, to_float32
from reloc.models.rounding import rounded


def run(model, **inputs):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def test_it_errs_as_float16_does_and_not_as_float32():
    half = onnx.load_from_string(float16_file())
    batch = images(4)
    exact = run(to_float32(half), image=batch)
    truth = ReferenceEvaluator(half).run(None, {"image": batch})[0]
    error, wanted = np.abs(run(rounded(half), image=batch) - exact).max(), np.abs(truth - exact).max()
    assert 0.2 * wanted < error < 5 * wanted
    # What makes it necessary: the float16 file itself is computed in float32.
    assert np.abs(run(half, image=batch) - exact).max() < 0.01 * wanted


def test_what_overflows_is_infinite():
    text = '<ir_version: 8, opset_import: ["" : 18]> g (float[n] x) => (float[n] z) { y = Mul (x, x)\n z = Mul (y, w) }'
    graph = parser.parse_model(text)
    graph.graph.initializer.append(numpy_helper.from_array(np.float32([1e-3]), "w"))
    half = to_float16(graph, keep=())
    np.testing.assert_allclose(run(rounded(half), x=np.float32([100.0, 1000.0])), [10.0, np.inf], rtol=1e-3)
    np.testing.assert_allclose(run(half, x=np.float32([1000.0])), [1000.0], rtol=1e-3)


def test_the_interface_stays_and_so_does_the_original():
    half = onnx.load_from_string(float16_file())
    twin = rounded(half)
    onnx.checker.check_model(twin, full_check=True)
    assert half.SerializeToString() == onnx.load_from_string(float16_file()).SerializeToString()
    assert [o.name for o in twin.graph.output] == ["position", "rotation"]
