"""``reloc map calibrate``, and what the other commands make of it."""

from __future__ import annotations

import json
import os
import shutil

import cv2
import numpy as np
import pytest

from reloc.maps.attachments import bare_hash
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.record import CovarianceScale, Record, RecordedOutcome
from reloc.trust.calibration.store import load, save


@pytest.fixture
def own_map(built_map, tmp_path):
    return shutil.copytree(built_map, tmp_path / "own.map")


def record(opened, count=60):
    figures = np.random.default_rng(0).uniform((4.0, 0.3, 0.5), (12.0, 1.0, 2.5), (count, 3)).tolist()
    outcomes = tuple(RecordedOutcome(i, "right", "", 0.01, 0.1, tuple(f)) for i, f in enumerate(figures))
    scale = CovarianceScale(2.0, 2.0, count, 0.5, 0.95)
    return Record("features", bare_hash(opened.manifest), False, outcomes, scale=scale)


def test_a_small_map_is_calibrated_as_far_as_it_goes(cli, own_map, tmp_path):
    before = ReferenceMap.open(own_map)
    (tmp_path / "holiday").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "holiday" / "beach.png"), noise)
    status, out, err = cli("map", "calibrate", own_map, "--made", "1", "--elsewhere", tmp_path / "holiday")
    assert status == 0, err
    assert "12: 12 right, 0 wrong, 0 lost" in out
    assert "noise           1 shown, 0 answered" in out
    assert "holiday         1 shown, 0 answered" in out
    assert "only 12 answers of known pose, too few" in out
    after = ReferenceMap.open(own_map)
    assert after.content_hash != before.content_hash
    assert load(after, "features") is not None
    status, out, _ = cli("map", "info", own_map)
    assert "calibrated   features" in out


def _gone(folder):
    shutil.rmtree(folder)


def _file(folder):
    shutil.rmtree(folder)
    folder.write_text("no folder")


def _loop(folder):
    shutil.rmtree(folder)
    folder.symlink_to(folder.name)


@pytest.mark.parametrize("how", [_gone, _file, _loop])
def test_a_map_that_cannot_be_changed_is_refused_before_anything_is_computed(cli, own_map, how):
    before = (own_map / "map.json").read_bytes()
    how(own_map / "compiled")
    status, out, err = cli("map", "calibrate", own_map)
    assert status == 2
    assert "cannot be changed" in err
    assert "Nothing was computed yet" in err
    assert out == ""
    assert (own_map / "map.json").read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="the super-user may write anywhere")
@pytest.mark.parametrize("place", ["", "compiled"])
def test_a_map_without_the_right_to_write(cli, own_map, place):
    (own_map / place).chmod(0o500)
    status, _, err = cli("map", "calibrate", own_map)
    (own_map / place).chmod(0o700)
    assert status == 2
    assert "Make its folders writable" in err


def test_a_drive_of_its_own(cli, own_map, scene):
    words = ("--made", "0", "--queries", scene, "--source", "7scenes", "--split", "test")
    status, out, err = cli("map", "calibrate", own_map, *words)
    assert status == 0, err
    assert "16: 16 right" in out
    driven = [one for one in load(ReferenceMap.open(own_map), "features").outcomes if one.reference < 0]
    assert len(driven) == 4
    assert all(one.error_m < 0.05 for one in driven)


def test_every_second_stretch_of_a_drive_is_kept_for_judging(cli, own_map, scene):
    counts = []
    for words in (("--query-stretch", "1"), ("--query-stretch", "3"), ("--query-stretch", "3", "--query-every", "2")):
        status, _, err = cli(
            "map",
            "calibrate",
            own_map,
            "--made",
            "0",
            "--every",
            "6",
            "--queries",
            scene,
            "--source",
            "7scenes",
            *words,
        )
        assert status == 0, err
        outcomes = load(ReferenceMap.open(own_map), "features").outcomes
        counts.append(sum(one.reference < 0 for one in outcomes))
    assert counts == [2, 3, 2]  # of four frames


def test_queries_need_to_say_what_they_are(cli, own_map, scene):
    status, _, err = cli("map", "calibrate", own_map, "--queries", scene)
    assert status == 2
    assert "--source" in err


def test_check_prints_what_there_is(cli, own_map):
    status, out, _ = cli("map", "check", own_map, "--no-localize")
    assert status == 0
    assert "calibration          none: reloc map calibrate" in out
    save(own_map, record(ReferenceMap.open(own_map)))
    status, out, _ = cli("map", "check", own_map, "--no-localize")
    assert status == 0
    assert "60: 60 right" in out
    assert "sigma times 2.00" in out
    curve = out[out.index("percentile  ") :].splitlines()
    assert float(curve[1].split()[1]) == pytest.approx(0.05 ** (1 / 60), abs=1e-4)


def test_covariances_are_told_as_they_are_published(cli, own_map, scene, tmp_path):
    save(own_map, record(ReferenceMap.open(own_map)))
    told = []
    for more in ((), ("--no-calibration",)):
        words = ("--source", "7scenes", "--limit", "1", "--warm-up", "0", "--json", tmp_path / "out.json")
        status, _, err = cli("eval", own_map, scene, *words, *more)
        assert status == 0, err
        told.append(json.loads((tmp_path / "out.json").read_text())["frames"][0]["sigma_m"])
    assert told[0] == pytest.approx(2.0 * told[1])


def test_a_build_of_few_images_is_not_calibrated(cli, scene, tmp_path):
    words = ("--source", "7scenes", "--camera", "280,160,120", "--retrieval", "vlad", "--landmarks", "none")
    status, out, _ = cli("map", "build", scene, *words, "--out", tmp_path / "new.map")
    assert status == 0
    assert "note: not calibrated: the map has only 12 references" in out
    assert "calibrated   none" in out
    status, out, _ = cli("map", "build", scene, *words, "--calibrate", "none", "--out", tmp_path / "other.map")
    assert "not calibrated" not in out
