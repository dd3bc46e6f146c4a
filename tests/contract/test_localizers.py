"""What every localizer promises, whoever wrote it: found by its file, tested without being named here."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support import contributing
from support.tiny_models import attach_models
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc import plugins
from reloc.config import parameters
from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.engine import LOCALIZERS, open_localizer
from reloc.errors import ConfigError, PluginError
from reloc.estimators.observation import extractor_of
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import is_usable
from reloc.geometry.transforms import check_rigid
from reloc.images import to_gray
from reloc.localizers import Localizer
from reloc.maps.reference_map import ReferenceMap

contributing.example_folder()
NAMES = (*plugins.names(LOCALIZERS), contributing.DOTTED)  # a dotted path is as good as a file here


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ReferenceMap:
    path: Path = build_tiny_map(tmp_path_factory.mktemp("contract"), "triangulate", "vlad,densevlad")
    return ReferenceMap.open(attach_models(path))


@pytest.fixture(scope="module", params=NAMES)
def localizer(request: pytest.FixtureRequest, tiny: ReferenceMap) -> Localizer:
    return open_localizer(tiny, request.param)


def good_query() -> Query:
    return Query(render(query_poses()[1])[0], CAMERA, stamp_ns=123)


def test_there_are_localizers() -> None:
    assert {"camnet", "exrenet", "exrenet_features", "features", "posenet", "sift_5pt"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_plugin_says_what_it_is(name: str) -> None:
    plugin = plugins.load(LOCALIZERS, name)
    assert plugin.name.replace("-", "_").replace("+", "_") == name.rpartition(".")[2]
    assert plugin.wants in ("gray", "rgb")
    assert dataclasses.is_dataclass(plugin.Config)
    assert plugin.__doc__
    for parameter in parameters(plugin.Config):
        assert parameter.doc, parameter.name
        parameter.check(parameter.default)


def test_answers_are_well_formed(localizer: Localizer) -> None:
    answer = localizer.localize(good_query())
    assert isinstance(answer, Localized), answer
    check_rigid(answer.world_from_cam, "answer")
    assert np.linalg.norm(answer.world_from_cam[:3, 3] - query_poses()[1][:3, 3]) < 0.1
    assert is_usable(answer.covariance)
    assert not answer.world_from_cam.flags.writeable
    assert 0 < answer.support.inliers <= answer.support.matches
    assert 0 < answer.support.coverage <= 1
    assert answer.references
    assert all(ms >= 0 for ms in answer.stage_ms.values())
    assert answer.stage_ms


def test_same_query_same_answer(localizer: Localizer) -> None:
    first, second = localizer.localize(good_query()), localizer.localize(good_query())
    assert isinstance(first, Localized)
    assert isinstance(second, Localized)
    np.testing.assert_array_equal(first.world_from_cam, second.world_from_cam)


def test_what_is_left_out_is_not_used(localizer: Localizer, tiny: ReferenceMap) -> None:
    if not localizer.leaves_out:
        pytest.skip("it learned the references by heart, and says so")
    index = 5
    query = Query(tiny.image(index), tiny.camera(index), without=(index, index - 1), features=tiny.features(index))
    answer = localizer.localize(query)
    assert not {c.index for c in answer.references} & set(query.without)
    everything = localizer.localize(replace(query, without=tuple(range(len(tiny)))))
    assert isinstance(everything, Lost)
    assert not everything.references


def test_key_points_that_are_handed_on_are_those_of_the_image_found_as_the_maps_were(
    localizer: Localizer, tiny: ReferenceMap
) -> None:
    query = good_query()
    answer = localizer.localize(query)
    assert isinstance(answer, Localized)
    if answer.features is None:
        assert "extract" not in answer.stage_ms  # it needed none
        return
    expected = extractor_of(tiny).extract(to_gray(query.image))
    np.testing.assert_array_equal(answer.features.uv, expected.uv)
    np.testing.assert_array_equal(answer.features.descriptors, expected.descriptors)


BAD: dict[str, tuple[Any, set[LostReason]]] = {
    "black": (np.zeros((240, 320, 3), np.uint8), {LostReason.TOO_FEW_FEATURES}),
    "white": (np.full((240, 320), 255, np.uint8), {LostReason.TOO_FEW_FEATURES}),
    "another size": (np.zeros((480, 640, 3), np.uint8), {LostReason.CAMERA_MISMATCH}),
    "no pixel": (np.zeros((0, 0, 3), np.uint8), {LostReason.BAD_IMAGE}),
    "floats": (np.zeros((240, 320), np.float32), {LostReason.BAD_IMAGE}),
    "two channels": (np.zeros((240, 320, 2), np.uint8), {LostReason.BAD_IMAGE}),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_images_are_lost_with_a_reason_and_the_next_is_answered(localizer: Localizer, kind: str) -> None:
    image, reasons = BAD[kind]
    answer = localizer.localize(Query(image.copy(), CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason in reasons
    assert answer.detail
    assert isinstance(localizer.localize(good_query()), Localized)


@pytest.mark.parametrize("kind", ["noise", "another world", "flipped"])
def test_elsewhere_is_lost(localizer: Localizer, kind: str) -> None:
    image = {
        "noise": lambda: np.random.default_rng(0).integers(0, 256, (240, 320, 3)).astype(np.uint8),
        "another world": lambda: render(query_poses()[0], seed=9)[0],
        "flipped": lambda: np.ascontiguousarray(render(query_poses()[0])[0][:, ::-1]),  # no camera sees a mirror image
    }[kind]()
    assert isinstance(localizer.localize(Query(image, CAMERA)), Lost)


def test_sixteen_bits_work(localizer: Localizer) -> None:
    image = good_query().image.astype(np.uint16) * 256
    assert isinstance(localizer.localize(Query(image, CAMERA)), Localized)  # type: ignore[arg-type]


def test_one_pixel_is_lost(localizer: Localizer) -> None:
    camera = Camera(1, 1, 1.0, 1.0, 0.0, 0.0)
    assert isinstance(localizer.localize(Query(np.zeros((1, 1), np.uint8), camera)), Lost)


def test_8k_is_answered_or_lost_but_comes_back(localizer: Localizer) -> None:
    camera = CAMERA.scaled(7680, 4320)
    image = np.random.default_rng(1).integers(0, 256, (4320, 7680)).astype(np.uint8)
    assert isinstance(localizer.localize(Query(image, camera)), Lost)


def test_parameters_are_checked(tiny: ReferenceMap) -> None:
    for name in NAMES:
        with pytest.raises(ConfigError, match="has no parameter 'sped'"):
            open_localizer(tiny, name, {"sped": 1})


def test_unknown_localizer(tiny: ReferenceMap) -> None:
    with pytest.raises(PluginError, match="features"):
        open_localizer(tiny, "telepathy")
