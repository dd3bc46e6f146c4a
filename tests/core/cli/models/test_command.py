import json
import shutil

import pytest
from support.onnx_models import small_model
from support.optional import need

from reloc.cli.output.json_text import json_text
from reloc.maps.attachments import attach
from reloc.models import store

CAMERA = {"width": 32, "height": 32, "fx": 35.0, "fy": 35.0, "cx": 15.5, "cy": 15.5}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The only folder of models that is searched; in it `room`."""
    place = tmp_path / "nets"
    small_model(place / "room", name="room", kind="posenet", camera=CAMERA)
    monkeypatch.setattr(store, "places", lambda: (place,))
    return place


@pytest.fixture
def with_model(built_map, place, tmp_path):
    """A map with the model in it."""
    from reloc.models.model import Model

    folder = tmp_path / "tiny.map"
    shutil.copytree(built_map, folder)
    attach(folder, Model.open(place / "room"))
    return folder


def test_list(cli, place):
    status, out, _ = cli("models", "list")
    assert status == 0
    (line,) = [line for line in out.splitlines() if line.startswith("room")]
    assert "posenet" in line
    assert "float16 0.0 MB, int8 0.1 MB" in line
    assert "whole" in line


def test_list_names_what_is_broken(cli, place):
    (place / "room" / "model.onnx").write_bytes(b"")
    status, out, _ = cli("models", "list", "--json")
    assert status == 1
    (row,) = json.loads(out)
    assert row["name"] == "room"
    assert "0 bytes, but" in row["problem"]


def test_list_of_nothing(cli, place):
    shutil.rmtree(place / "room")
    status, out, _ = cli("models", "list")
    assert status == 0
    assert "no model has a name" in out
    status, _, err = cli("models", "bench")
    assert status == 2
    assert "reloc export makes one" in err


def test_verify_a_model_on_a_maps_images(cli, built_map, place):
    wide = ("--max-m", 1, "--max-deg", 20)
    status, out, _ = cli("models", "verify", "room", "--map", built_map, "--count", 5, *wide)
    assert status == 0, out
    assert "room (posenet), 5 images" in out
    for words in ("openvino", "onnxruntime", "float32", "position mm", "rotation deg"):
        assert words in out


def test_verify_the_model_in_a_map(cli, with_model):
    for arguments in ((with_model,), ("--map", with_model)):
        status, out, _ = cli("models", "verify", *arguments, "--count", 3, "--precision", "float32", "--json")
        assert status == 0
        (found,) = json.loads(out)
        assert (found["model"], found["images"]) == ("room", 3)
        openvino = next(v for v in found["verdicts"] if v["contender"]["backend"] == "openvino")
        assert openvino["position_m"][1] < 1e-5
        assert openvino["passed"]


def test_what_fails_is_an_exit_status(cli, built_map, place):
    status, out, _ = cli(
        "models", "verify", "room", "--map", built_map, "--count", 3, "--precision", "int8", "--max-m", 1e-9
    )
    assert status == 1
    assert "FAILED" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "No model was given"),
        (("room",), "no images to verify on"),
        (("hall", "--images", "."), "There is no model 'hall'"),
        (("room", "--images", "nowhere"), "nowhere"),
        (("room", "--map", "nowhere"), "nowhere"),
    ],
)
def test_verify_says_what_it_needs(cli, place, arguments, words):
    status, _, err = cli("models", "verify", *arguments)
    assert status == 2
    assert words in err


def test_a_precision_that_nothing_has(cli, built_map, place):
    status, _, err = cli("models", "verify", "room", "--map", built_map, "--precision", "float7")
    assert status == 2
    assert "No backend here runs room as requested" in err


def test_a_map_without_a_model(cli, built_map, place):
    status, _, err = cli("models", "verify", built_map)
    assert status == 2
    assert "holds no model" in err
    assert "reloc train posenet" in err


def test_compile_says_what_was_chosen_and_why(cli, place):
    status, out, _ = cli("models", "compile", "room", "--batch", "1,2", "--param", "threads=1")
    assert status == 0
    assert "ready in" in out
    status, out, _ = cli("models", "compile", "room", "--backend", "onnxruntime", "--precision", "float32", "--json")
    (found,) = json.loads(out)
    assert (found["backend"], found["precision"], found["batch_sizes"]) == ("onnxruntime", "float32", [1])
    assert "was requested" in found["reason"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--batch", "0"), "--batch '0'"),
        (("--batch", "one"), "--batch 'one'"),
        (("--backend", "nothing"), "Nothing in reloc.backends is named 'nothing'"),
        (("--backend", "openvino", "--param", "speed=9"), "no parameter 'speed'"),
        (("--backend", "onnxruntime", "--precision", "bf16"), "cannot run room in bf16"),
    ],
)
def test_compile_names_what_is_wrong(cli, place, arguments, words):
    status, _, err = cli("models", "compile", "room", *arguments)
    assert status == 2
    assert words in err


def test_bench(cli, place, monkeypatch):
    from reloc.evaluation.models import bench

    monkeypatch.setattr(bench, "PAUSE_S", 0.0)
    arguments = ("models", "bench", "room", "--runs", 10, "--no-torch", "--backend", "onnxruntime")
    status, out, _ = cli(*arguments)
    assert status == 0
    assert "room (posenet) on" in out
    for words in ("p50 ms", "p99 ms", "onnxruntime", "torch: not requested"):
        assert words in out
    status, out, _ = cli(*arguments, "--json")
    (found,) = json.loads(out)
    assert found["model"] == "room"
    assert {t["contender"]["precision"] for t in found["timings"]} >= {"float32", "int8"}
    assert all(t["p50_ms"] > 0 and t["runs"] == 10 and t["ratio"] is None for t in found["timings"])


def test_bench_beside_plain_torch(cli, place, monkeypatch):
    need("reloc.networks.timing", "torch is not installed")
    from reloc.evaluation.models import bench

    monkeypatch.setattr(bench, "PAUSE_S", 0.0)
    _, out, _ = cli("models", "bench", "room", "--runs", 10, "--precision", "float32", "--json")
    (found,) = json.loads(out)
    assert "PoseNet" in found["torch"]
    timings = {t["contender"]["backend"]: t for t in found["timings"]}
    assert timings["torch"]["ratio"] == 1.0
    assert timings["openvino"]["ratio"] > 1.0  # a network of two layers


def test_what_is_no_number_is_null_in_json():
    text = json_text({"a": [float("nan"), float("inf"), 1.5], "b": (True, None, "nan")})
    assert json.loads(text) == {"a": [None, None, 1.5], "b": [True, None, "nan"]}
