import numpy as np
import pytest

from reloc.models.tensor import TensorSpec


def test_the_batch_is_the_first_axis():
    spec = TensorSpec("image", "uint8", (None, 4, 5, 3))
    assert spec.at(2) == (2, 4, 5, 3)
    zeros = spec.zeros(2)
    assert (zeros.shape, zeros.dtype, zeros.any()) == ((2, 4, 5, 3), np.uint8, np.False_)
    assert str(spec) == "image uint8 batch x 4 x 5 x 3"


def test_json_and_back():
    spec = TensorSpec("position", "float32", [None, 3])
    assert spec.to_json() == {"name": "position", "dtype": "float32", "shape": [None, 3]}
    assert TensorSpec.from_json(spec.to_json()) == spec


@pytest.mark.parametrize(
    ("name", "dtype", "shape"),
    [
        ("", "uint8", (None, 3)),
        (7, "uint8", (None, 3)),
        ("a", "complex64", (None, 3)),
        ("a", "uint8", ()),
        ("a", "uint8", (2, 3)),
        ("a", "uint8", (None, 0)),
        ("a", "uint8", (None, None)),
        ("a", "uint8", (None, 3.0)),
        ("a", "uint8", (None, True)),
    ],
)
def test_what_is_no_tensor_of_a_network(name, dtype, shape):
    with pytest.raises(ValueError):
        TensorSpec(name, dtype, shape)
