import json

import cv2
import numpy as np
import pytest
from support.tiny_world import query_poses

LIMIT = ["--memory-limit-mb", "16"]


@pytest.fixture
def blank(tmp_path):
    file = tmp_path / "blank.png"
    cv2.imwrite(str(file), np.zeros((240, 320, 3), np.uint8))
    return file


def test_a_query_is_found_within_centimetres(cli, built_map, scene):
    image = scene / "seq-02" / "frame-000001.color.png"
    status, out, _ = cli("localize", built_map, image, "--json")
    assert status == 0
    answer = json.loads(out)
    assert answer["answered"] is True
    np.testing.assert_allclose(answer["position"], query_poses()[1][:3, 3], atol=0.03)
    assert np.linalg.norm(answer["quaternion_xyzw"]) == pytest.approx(1.0)
    assert 0.0 < answer["sigma_m"] < 0.1
    assert answer["support"]["inliers"] > 20
    assert answer["references"][0]["name"].startswith("seq-01/")
    assert len(answer["covariance"]) == 36
    assert answer["ms"] > 0


def test_text_for_a_person(cli, built_map, scene):
    status, out, _ = cli("localize", built_map, scene / "seq-02" / "frame-000000.color.png")
    assert status == 0
    for word in ("position", "quaternion", "xyzw", "+-", "matches", "references", " ms"):
        assert word in out


def test_a_memory_limit_gives_the_same_answer(cli, built_map, scene):
    image = scene / "seq-02" / "frame-000001.color.png"
    answers = [json.loads(cli("localize", built_map, image, "--json", *more)[1]) for more in ([], LIMIT)]
    for name in ("position", "quaternion_xyzw", "covariance", "support", "references"):
        assert answers[0][name] == answers[1][name]
    status, _, err = cli("localize", built_map, image, "--memory-limit-mb", "1")
    assert status == 2
    assert "memory_limit_mb is 1, but the map" in err


def test_a_folder_is_all_its_images(cli, built_map, scene):
    status, out, _ = cli("localize", built_map, scene / "seq-02", "--json")
    assert status == 0
    names = [json.loads(line)["image"] for line in out.splitlines()]
    assert names == [str(scene / "seq-02" / f"frame-{i:06d}.color.png") for i in range(4)]


def test_some_lost_is_status_1_and_each_says_why(cli, built_map, scene, blank):
    good = scene / "seq-02" / "frame-000000.color.png"
    status, out, _ = cli("localize", built_map, blank, good, blank.parent / "none.jpg")
    assert status == 1
    assert "lost: too_few_features: " in out
    assert "position" in out
    assert "lost: bad_image: No image at" in out


BAD_FILES = {
    "empty.jpg": b"",
    "torn.jpg": cv2.imencode(".jpg", np.full((240, 320, 3), 90, np.uint8))[1].tobytes()[:300],
    "torn.png": cv2.imencode(".png", np.eye(320, dtype=np.uint8)[:240] * 255)[1].tobytes()[:-20],
    "text.jpg": b"not a picture",
    "x" * 300: None,
    "no.jpg": None,
    "folder.jpg/no.jpg": None,
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_lost_and_the_next_is_answered(cli, built_map, scene, tmp_path, name):
    if BAD_FILES[name] is not None:
        (tmp_path / name).write_bytes(BAD_FILES[name])
    good = scene / "seq-02" / "frame-000000.color.png"
    status, out, err = cli("localize", built_map, tmp_path / name, good)
    assert (status, err) == (1, "")
    assert out.startswith(f"{tmp_path / name}\n  lost: bad_image: ")
    assert f"{good}\n  position" in out


def as_bayer(rgb):
    mosaic = rgb[..., 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = rgb[::2, ::2, 0], rgb[1::2, 1::2, 2]
    return mosaic


KINDS = {
    "mono": lambda rgb: cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY),
    "16 bit": lambda rgb: cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR).astype(np.uint16) * 257,
    "16 bit mono": lambda rgb: cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.uint16) * 257,
    "RGBA": lambda rgb: cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA),
    "raw Bayer": as_bayer,  # a grey file to who does not know; its pattern is fine beside what is looked at
}


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_other_kinds_are_answered(cli, built_map, scene, tmp_path, kind):
    rgb = cv2.cvtColor(cv2.imread(str(scene / "seq-02" / "frame-000001.color.png")), cv2.COLOR_BGR2RGB)
    file = tmp_path / "sp ace äö.png"
    cv2.imwrite(str(file), KINDS[kind](rgb))
    status, out, _ = cli("localize", built_map, file, "--json")
    assert status == 0
    np.testing.assert_allclose(json.loads(out)["position"], query_poses()[1][:3, 3], atol=0.03)


def test_lost_as_json(cli, built_map, blank):
    status, out, _ = cli("localize", built_map, blank, "--json")
    assert status == 1
    answer = json.loads(out)
    assert (answer["answered"], answer["reason"]) == (False, "too_few_features")
    assert answer["detail"]
    assert "position" not in answer


def test_an_image_of_another_shape_asks_for_its_camera(cli, built_map, tmp_path):
    file = tmp_path / "wide.png"
    cv2.imwrite(str(file), np.zeros((240, 480, 3), np.uint8))
    status, out, err = cli("localize", built_map, file)
    assert status == 1
    assert "lost: camera_mismatch" in out
    assert "--camera" in err
    status, out, err = cli("localize", built_map, file, "--camera", "280")
    assert "camera_mismatch" not in out
    assert err == ""


def test_a_larger_image_of_the_same_shape_uses_the_maps_camera_scaled(cli, built_map, scene, tmp_path):
    image = cv2.imread(str(scene / "seq-02" / "frame-000002.color.png"))
    file = tmp_path / "large.png"
    cv2.imwrite(str(file), cv2.resize(image, (640, 480), interpolation=cv2.INTER_CUBIC))
    status, out, _ = cli("localize", built_map, file, "--json")
    assert status == 0
    np.testing.assert_allclose(json.loads(out)["position"], query_poses()[2][:3, 3], atol=0.03)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--camera", "5,5"), "Camera '5,5'"),
        (("--camera", "0"), "fx=0.0"),
        (("--camera", "nan"), "fx=nan"),
        (("--camera", "nowhere.json"), "Cannot read a camera from nowhere.json: it is missing"),
        (("--localizer", "crystal_ball"), "Nothing in reloc.localizers is named 'crystal_ball'"),
        (("--param", "no_such=1"), "no parameter 'no_such'"),
        (("--param", "max_error_px=-1"), "max_error_px"),
        (("--param", "nonsense"), "NAME=VALUE"),
    ],
)
def test_a_wrong_option_is_an_error_before_any_image(cli, built_map, blank, options, words):
    status, out, err = cli("localize", built_map, blank, *options)
    assert (status, out) == (2, "")
    assert err.startswith("reloc: error: ")
    assert words in err
