"""Each disturbance, by itself and in the whole test."""

from itertools import pairwise

import numpy as np
import pytest

from reloc.datatypes import LostReason
from reloc.geometry.transforms import distance_between
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import STANDS, disturbance_names, open_disturbances
from reloc.kidnap.plan import make_plan
from reloc.kidnap.play import play
from reloc.trust.gate_config import GateConfig

CONFIG = KidnapConfig(ms=90.0, before_s=0.5, after_s=0.8, settle_s=0.1)
ALTERS = {"blurred", "covered", "dark", "flicker", "furniture", "mirrored", "people", "upside_down"}  # the image
LIES = {"frozen_odometry", "jumping_odometry", "no_odometry", "stale_odometry"}


def planned(name: str, scenery, index: int = 0):
    return make_plan(index, scenery, open_disturbances((name,), scenery), CONFIG)


@pytest.mark.parametrize("name", disturbance_names())
def test_none_makes_a_false_recovery(name, scenery, seer):
    episode = play(planned(name, scenery), seer, GateConfig(), CONFIG)
    assert episode.disturbance == name
    assert not episode.false
    assert episode.looks > 5
    if name in {"elsewhere", "mirrored", "frozen_camera"}:
        assert episode.recovered_s is None
    elif name in {"none", "look_alikes", "frozen_odometry", "no_odometry", "upside_down", "flicker"}:
        assert episode.recovered_s is not None


@pytest.mark.parametrize("name", disturbance_names())
def test_a_disturbance_changes_what_it_is_about(name, scenery):
    plan = planned(name, scenery)
    calm = {frame.name: frame for drive in scenery.drives for frame in drive}
    look = plan.looks[plan.kidnap + 1]
    frame = calm.get(look.name)
    image = look.load()
    assert image.dtype == np.uint8
    assert image.shape == (240, 320, 3)
    assert (name == "elsewhere") == (frame is None)
    if frame is not None:
        assert (not np.array_equal(image, frame.load_image())) == (name in ALTERS)
        np.testing.assert_array_equal(image, look.load())  # looked at twice, it is the same
        assert (look.camera != frame.camera) == (name == "wrong_focal")
    assert (look.world_from_true is None) == (name in {"elsewhere", "mirrored"})
    started = any(look.key != look.name for look in plan.looks[: plan.kidnap])
    assert started == (name in {"upside_down", "wrong_focal"})


def test_without_what_it_needs_a_disturbance_is_left_out(scenery):
    from dataclasses import replace

    bare = replace(scenery, elsewhere=(), look_alikes=())
    names = {d.name for d in open_disturbances((), bare)}
    assert {d.name for d in open_disturbances((), scenery)} - names == {"elsewhere", "look_alikes"}


def test_odometry_is_late_or_stands_or_jumps_or_is_none(scenery):
    def read(name, index=0):
        plan = planned(name, scenery, index)
        return plan, [look.odom_from_cam for look in plan.looks]

    plan, late = read("stale_odometry")
    assert all(np.array_equal(late[0], pose) for pose in late[:5])
    assert not np.array_equal(late[5], late[6])
    plan, frozen = read("frozen_odometry")
    assert all(np.array_equal(frozen[plan.kidnap - 1], pose) for pose in frozen[plan.kidnap :])
    plan, jumping = read("jumping_odometry")
    steps = [distance_between(one, other) for one, other in pairwise(jumping[plan.kidnap :])]
    assert [i for i, step in enumerate(steps) if step > 0.25] == [5]
    kinds = {tuple(type(pose) for pose in read("no_odometry", index)[1])[-1] for index in range(8)}
    assert kinds == {type(None), np.ndarray}


def test_a_frozen_camera_sends_one_image_while_odometry_moves(scenery, seer):
    for index in range(4):
        plan = planned("frozen_camera", scenery, index)
        assert {look.name for look in plan.looks[plan.kidnap - 1 :]} == {plan.looks[plan.kidnap - 1].name}
        assert plan.carried != STANDS
        episode = play(plan, seer, GateConfig(), CONFIG)
        assert not episode.false
        assert set(episode.reasons) == {LostReason.INCONSISTENT.value}
