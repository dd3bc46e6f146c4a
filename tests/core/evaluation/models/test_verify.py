import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from support.onnx_models import float16_file, float32_file, images, int8_file, nan_model, small_model, write

from reloc.backends.choice import survey
from reloc.evaluation.models.contenders import Contender, absent, contenders
from reloc.evaluation.models.pose_units import POSE_UNITS, difference
from reloc.evaluation.models.text import verdicts
from reloc.evaluation.models.verify import BackendVerdict, ParityLimits, verify
from reloc.geometry.transforms import quaternion_from_rotation, so3_exp

PICTURES = images(4)
WIDE = ParityLimits(1.0, 10.0, 0.5)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("models") / "small", kind="posenet")


def by_contender(rows):
    return {(row.contender.backend, row.contender.precision): row for row in rows}


def test_everything_that_can_be_used_is_compared(model):
    rows = by_contender(verify(model, PICTURES, WIDE))
    assert {("openvino", "float32"), ("onnxruntime", "float32"), ("onnxruntime", "int8")} <= set(rows)
    assert {backend for backend, _ in rows} == {name for name, there in survey().items() if there.usable}
    assert all(row.passed and not row.problem for row in rows.values())
    assert rows["openvino", "float32"].position_m[1] < 1e-5
    assert set(rows["openvino", "float32"].norms) == {"position", "rotation"}


def test_the_coarser_the_arithmetic_the_larger_the_error(model):
    rows = by_contender(verify(model, PICTURES, WIDE, "onnxruntime"))
    errors = [rows["onnxruntime", p].position_m[1] for p in ("float32", "float16", "int8")]
    assert errors[0] == 0.0
    assert errors[0] < errors[1] < errors[2]
    for row in rows.values():
        assert row.position_m[0] <= row.position_m[1]
        assert row.rotation_deg[0] <= row.rotation_deg[1]


@pytest.mark.parametrize("limits", [ParityLimits(position_m=1e-9), ParityLimits(rotation_deg=1e-9)])
def test_what_is_over_a_limit_does_not_pass(model, limits):
    (row,) = verify(model, PICTURES, limits, "onnxruntime", "int8")
    assert not row.passed


def test_a_wrong_int8_file_is_found_out(tmp_path):
    """Of another network: its outputs look like poses, too."""
    graph = onnx.load_from_string(int8_file())
    (bias,) = [w for w in graph.graph.initializer if w.name == "bp"]
    bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) + np.float32(0.5), "bp"))
    files = {"float16": float16_file(), "int8": graph.SerializeToString()}
    rows = by_contender(
        verify(write(tmp_path / "m", files, kind="posenet"), PICTURES, ParityLimits(0.5, 10.0), "onnxruntime")
    )
    assert rows["onnxruntime", "int8"].position_m[0] == pytest.approx(0.5 * 3**0.5, abs=0.1)
    assert not rows["onnxruntime", "int8"].passed
    assert rows["onnxruntime", "float16"].passed


def test_models_of_other_kinds_are_compared_by_norms(tmp_path):
    model = small_model(tmp_path / "m", kind="segmentation")
    (row,) = verify(model, PICTURES, ParityLimits(), "onnxruntime", "float16")
    assert row.position_m is row.rotation_deg is None
    assert 0 < max(row.norms.values()) < 0.05
    assert row.passed
    (row,) = verify(model, PICTURES, ParityLimits(norm=1e-9), "onnxruntime", "float16")
    assert not row.passed


def test_nan_passes_nothing(tmp_path):
    model = nan_model(tmp_path / "nan")
    (row,) = verify(model, np.zeros((2, 16), np.uint8), ParityLimits(norm=1e9), "onnxruntime", "float32")
    assert np.isnan(row.norms["answer"])
    assert not row.passed
    assert "FAILED" in verdicts([row])


def test_a_backend_that_fails_is_a_verdict_and_not_the_end(tmp_path):
    model = write(tmp_path / "m", {"float32": float32_file(), "int8": b"broken"}, kind="posenet")
    rows = by_contender(verify(model, PICTURES, WIDE, "onnxruntime"))
    assert rows["onnxruntime", "float32"].passed
    assert "ONNX file" in rows["onnxruntime", "int8"].problem
    assert not rows["onnxruntime", "int8"].passed
    assert "FAILED: ONNX Runtime cannot load" in verdicts(list(rows.values()))


def test_a_model_of_nothing_but_int8_is_its_own_reference(tmp_path):
    model = small_model(tmp_path / "m", "int8", kind="posenet")
    rows = list(verify(model, PICTURES, WIDE))
    assert {row.contender.precision for row in rows} == {"int8"}
    assert all(row.passed for row in rows)


def test_contenders_can_be_chosen(model):
    assert list(contenders(model, "onnxruntime", "int8")) == [Contender("onnxruntime", "int8")]
    assert {c.backend for c in contenders(model, precision="float32")} >= {"openvino", "onnxruntime"}
    assert not list(contenders(model, "no_such_backend"))
    assert set(absent()) == {name for name, there in survey().items() if not there.usable}


class TestPoseUnits:
    def outputs(self, position=(1.0, 2.0, 3.0), angle_deg=0.0, samples=0):
        rotation = quaternion_from_rotation(so3_exp(np.array([0, 0, np.deg2rad(angle_deg)])))
        made = {"position": np.float32([position]), "rotation": np.float32([rotation])}
        if samples:
            made["position_samples"] = np.repeat(made["position"][:, None], samples, 1) + np.float32([10, 0, 0])
            made["rotation_samples"] = np.repeat(made["rotation"][:, None], samples, 1)
            made["log_variance"] = np.zeros((1, 2), np.float32)
        return made

    def test_metres_and_degrees(self):
        off = difference(POSE_UNITS["posenet"], self.outputs(), self.outputs((1.0, 2.3, 3.4), 7.0), 0)
        assert off == pytest.approx((0.5, 7.0), abs=1e-4)

    def test_the_samples_are_what_the_localizer_answers_with(self):
        pose = POSE_UNITS["posenet"](self.outputs(samples=4), 0)
        assert pose[:3, 3] == pytest.approx([11, 2, 3])

    @pytest.mark.parametrize("samples", [0, 4])
    @pytest.mark.parametrize("name", ["position", "rotation"])
    def test_no_answer_where_there_is_one_is_infinitely_wrong(self, samples, name):
        exact, broken = self.outputs(samples=samples), self.outputs(samples=samples)
        for key in broken:
            if key.startswith(name):
                broken[key] = broken[key] * np.nan
        assert difference(POSE_UNITS["posenet"], exact, broken, 0) == (np.inf, np.inf)
        assert difference(POSE_UNITS["posenet"], broken, exact, 0) == (np.inf, np.inf)
        assert difference(POSE_UNITS["posenet"], broken, broken, 0) == (0.0, 0.0)

    def test_a_quaternion_of_no_length_is_no_answer(self):
        zero = self.outputs()
        zero["rotation"] *= 0
        assert POSE_UNITS["posenet"](zero, 0) is None


def test_the_table_shows_millimetres_and_degrees():
    row = BackendVerdict(Contender("openvino", "bf16"), "CPU", (0.001, 0.0123), (0.01, 0.25), {"position": 0.002}, True)
    text = verdicts([row])
    assert "12.30 (1.00)" in text
    assert "0.2500 (0.0100)" in text
    assert "2.0e-03 (position)" in text
    assert text.splitlines()[1].endswith("ok")
