"""Kidnaps in a world that is rendered as the robot drives."""

import json

import numpy as np
import pytest

from reloc.kidnap.scenery import Scenery

pytest.importorskip("embreex", reason="embreex is not installed: pip install embreex")
HZ = 10.0


@pytest.fixture(scope="module")
def world():
    from reloc.kidnap.rendered import spacious_world

    return spacious_world(5)


@pytest.fixture(scope="module")
def camera():
    from reloc.synth.dataset import DatasetConfig

    return DatasetConfig(width=160, height=120).camera


def test_a_world_has_rooms_to_be_carried_to(world):
    assert len(world.rooms) >= 2
    assert sum(room.area for room in world.rooms) >= 20.0


def test_drives_are_smooth_free_and_always_the_same(world, camera):
    from reloc.kidnap.rendered import rendered_drives

    drives, again = (rendered_drives(world, camera, HZ, count=3) for _ in range(2))
    assert len(drives) == 3
    for drive, other in zip(drives, again, strict=True):
        poses = np.array([frame.world_from_cam for frame in drive])
        np.testing.assert_array_equal(poses, np.array([frame.world_from_cam for frame in other]))
        assert np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1).max() < 0.04
        assert world.solids.distance(poses[:, :3, 3]).min() > 0.2
    image = drives[0][4].load_image()
    np.testing.assert_array_equal(image, again[0][4].load_image())
    assert image.shape == (120, 160, 3)
    assert image.std() > 5.0


def test_another_building_has_no_poses(camera):
    from reloc.kidnap.rendered import rendered_drives, spacious_world

    frames = rendered_drives(spacious_world(9), camera, HZ, posed=False, count=1)[0]
    assert all(frame.world_from_cam is None for frame in frames)


def test_moved_furniture_leaves_the_walls(world, camera):
    from reloc.kidnap.moved_furniture import move_furniture
    from reloc.kidnap.rendered import rendered_drives, same_drives

    moved = move_furniture(world, np.random.default_rng(0))
    shift = np.abs(moved.mesh.vertices - world.mesh.vertices).max(axis=1)
    assert 0.02 < (shift > 0.05).mean() < 0.98
    assert shift.max() < 4.0
    np.testing.assert_array_equal(moved.mesh.vertices[shift == 0], world.mesh.vertices[shift == 0])
    drives = rendered_drives(world, camera, HZ, count=4)
    others = same_drives(drives, moved)
    scenery = Scenery("moved", drives, moved=others)
    assert np.array_equal(scenery.drives[0][0].world_from_cam, others[0][0].world_from_cam)
    changed = [
        np.abs(one[0].load_image().astype(int) - other[0].load_image()).mean()
        for one, other in zip(drives, others, strict=True)
    ]
    assert max(changed) > 5.0


@pytest.mark.slow
def test_the_command_from_a_seed_to_a_page(tmp_path, capsys, monkeypatch):
    from reloc.cli.main import main
    from reloc.kidnap import rendered, rendered_routes
    from reloc.kidnap.journal import FORMAT
    from reloc.kidnap.rendered_routes import MapDensity

    # A tenth of the places of a mapping robot: the map is poor, but made in seconds.
    monkeypatch.setattr(
        rendered, "map_poses", lambda *given, density: rendered_routes.map_poses(*given, MapDensity(2.2))
    )
    made, json_file, page = tmp_path / "world.map", tmp_path / "out.json", tmp_path / "out.html"
    command = ["kidnap-test", str(made), "synth:5", "--make-map", "--no-check", "--ms", "80", "--after-s", "1"]
    chosen = ["--disturbances", "none,elsewhere,furniture", "--json", str(json_file), "--report", str(page)]
    status = main([*command, *chosen, "--kidnaps", "3"])
    printed = capsys.readouterr().out
    values = json.loads(json_file.read_text())
    assert values["format"] == FORMAT
    assert [e["disturbance"] for e in values["episodes"]] == ["none", "elsewhere", "furniture"]
    assert status == int(any(e["false"] for e in values["episodes"]))
    assert "False recoveries: 0 of 3" in printed
    text = page.read_text()
    assert text.count("data:image/jpeg") == 3
    assert "kidnapped 3 times" in text
    capsys.readouterr()
    assert main([*command, *chosen, "--kidnaps", "3", "--seed", "1"]) == 2
    assert "seed=0" in capsys.readouterr().err
    assert main(["kidnap-test", str(made), "synth:five"]) == 2
    assert "synth:5" in capsys.readouterr().err
