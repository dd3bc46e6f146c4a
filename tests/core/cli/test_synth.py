import json

import pytest

from reloc.maps.source import SourceOptions, open_source

pytest.importorskip("embreex", reason="embreex is not installed: pip install embreex")
SMALL = ("--width", 160, "--height", 120, "--queries", 4)


@pytest.fixture(scope="module")
def rooms(tmp_path_factory):
    from reloc.cli.main import main

    out = tmp_path_factory.mktemp("synth") / "rooms"
    assert main(["synth", str(out), *(str(w) for w in SMALL), "--images", "24", "--seed", "3"]) == 0
    return out


def test_a_room_becomes_a_map_that_answers(cli, rooms, tmp_path):
    room, out = rooms / "room-0000", tmp_path / "room.map"
    how = ("--source", "7scenes", "--depth-camera", room / "camera.json", "--depth-offset", "0,0,0", "--every", 1)
    status, _, err = cli("map", "build", room, *how, "--out", out, "--retrieval", "vlad")
    assert status == 0, err
    status, _, err = cli("eval", out, room, "--source", "7scenes", "--json", tmp_path / "values.json")
    values = json.loads((tmp_path / "values.json").read_text())
    assert values["answered"] >= 3, values
    assert values["median_translation_m"] < 0.02
    assert values["median_rotation_deg"] < 0.5


def test_depth_is_that_of_the_images(rooms):
    room = rooms / "room-0000"
    options = SourceOptions(depth_camera=str(room / "camera.json"), depth_offset="0,0,0")
    frame = open_source("7scenes", room, options).frames("test")[0]
    depth = frame.load_depth()
    assert depth.camera == frame.camera
    assert 0.3 < depth.metres.min() < depth.metres.max() < 65.0


def test_it_goes_on_where_it_was_and_gives_the_same_bytes(cli, rooms, tmp_path):
    status, out, err = cli("synth", tmp_path / "again", *SMALL, "--images", 24, "--seed", 3, "--rooms", 2)
    assert status == 0, err
    assert "2 rooms" in out
    files = sorted(f.relative_to(rooms) for f in (rooms / "room-0000").rglob("*") if f.is_file())
    assert len(files) == 3 * 28 + 4
    for file in files:
        assert (rooms / file).read_bytes() == (tmp_path / "again" / file).read_bytes(), file
    second = tmp_path / "again" / "room-0001"
    first_time = (second / "camera.json").stat().st_mtime_ns
    (tmp_path / "again" / "room-0002.partial").mkdir()  # as a killed run leaves it
    status, _, _ = cli("synth", tmp_path / "again", *SMALL, "--images", 24, "--seed", 3, "--rooms", 3)
    assert status == 0
    assert (second / "camera.json").stat().st_mtime_ns == first_time
    assert (tmp_path / "again" / "room-0002" / "world.json").is_file()
    assert not (tmp_path / "again" / "room-0002.partial").exists()


def test_other_options_do_not_mix_with_what_is_there(cli, rooms):
    status, _, err = cli("synth", rooms, *SMALL, "--images", 25, "--seed", 3)
    assert status == 2
    assert "was not made with these options" in err


def test_sparse_rooms_begin_with_the_four_corners(cli, tmp_path):
    status, _, err = cli("synth", tmp_path / "sparse", *SMALL, "--manner", "sparse")
    assert status == 0, err
    source = open_source("7scenes", tmp_path / "sparse" / "room-0000", SourceOptions())
    assert len(source.frames("train")) == 4
    assert len(source.frames("test")) == 4


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--rooms", 0), "rooms=0"),
        (("--manner", "sparse", "--images", 3), "corners"),
        (("--textures", "/no/such/folder"), "There is no folder of textures"),
        (("--view-deg", 500), "view_deg=500"),
    ],
)
def test_bad_options_are_named(cli, tmp_path, options, word):
    status, _, err = cli("synth", tmp_path / "out", *options)
    assert status == 2
    assert word in err
    assert not (tmp_path / "out").exists()
