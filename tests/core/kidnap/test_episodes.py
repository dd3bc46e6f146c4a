"""A kidnap from beginning to end."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from reloc.datatypes import Localized
from reloc.errors import ConfigError
from reloc.geometry.transforms import distance_between, inverse, rotation_angle_between
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.journal import Journal
from reloc.kidnap.plain_json import plain
from reloc.kidnap.plan import make_plan
from reloc.kidnap.play import play
from reloc.kidnap.run import run
from reloc.kidnap.scenery import how_far
from reloc.trust.gate_config import GateConfig

QUICK = KidnapConfig(kidnaps=3, ms=90.0, before_s=0.6, after_s=1.0, settle_s=0.2)
PLAIN = (Disturbance,)


class Displaced:
    """What sees all of it a metre too far to the side: an engine that lies, consistently."""

    verifies = False

    def __init__(self, seer) -> None:
        self._seer = seer
        self.take_cost_ms = seer.take_cost_ms
        self.glimpse = seer.glimpse

    def localize(self, look):
        answer = self._seer.localize(look)
        if isinstance(answer, Localized):
            pose = answer.world_from_cam.copy()
            pose[0, 3] += 1.0
            return replace(answer, world_from_cam=pose)
        return answer


def test_a_kidnap_goes_far_and_odometry_does_not_tell(scenery):
    for index in range(6):
        plan = make_plan(index, scenery, PLAIN, QUICK)
        last, first = plan.looks[plan.kidnap - 1], plan.looks[plan.kidnap]
        assert (
            how_far(last.world_from_true, first.world_from_true) >= 0.75
        )  # from the middle of so small a box no place is farther
        if plan.carried == "stands":
            np.testing.assert_allclose(last.odom_from_cam, first.odom_from_cam)
        drive = plan.looks[plan.kidnap :]
        for before, after in pairwise(drive):
            true = inverse(before.world_from_true) @ after.world_from_true
            said = inverse(before.odom_from_cam) @ after.odom_from_cam
            assert distance_between(true, said) < 0.2 * np.linalg.norm(true[:3, 3]) + 1e-9
            assert rotation_angle_between(true, said) < 0.01
        assert np.all(np.diff([look.stamp_ns for look in plan.looks]) >= 99_999_999)


def test_number_and_seed_decide_it(scenery):
    def told(seed, index):
        plan = make_plan(index, scenery, PLAIN, replace(QUICK, seed=seed))
        return [(look.name, look.stamp_ns, look.odom_from_cam.tolist()) for look in plan.looks]

    assert told(0, 4) == told(0, 4)
    assert told(0, 4) != told(0, 5)
    assert told(0, 4) != told(1, 4)


def test_a_robot_that_sees_well_finds_itself_in_time(scenery, seer):
    episode = play(make_plan(0, scenery, PLAIN, QUICK), seer, GateConfig(), QUICK, expected=True)
    assert episode.was_tracking
    assert episode.false == ()
    # Three looks of 90 ms at 10 Hz: the third is out 0.29 s after the first came.
    assert episode.recovered_s == pytest.approx(0.29, abs=1e-6)
    assert episode.noticed_s == pytest.approx(0.09, abs=1e-6)
    assert episode.dropped == 0
    assert episode.greatest_m < 0.05
    assert len(episode.nees) >= 1


def test_slow_work_drops_images_and_is_later(scenery, seer):
    config = replace(QUICK, ms=250.0, after_s=2.0)
    episode = play(make_plan(0, scenery, PLAIN, config), seer, GateConfig(), config)
    assert episode.dropped > 0
    assert episode.recovered_s is None or episode.recovered_s > 0.7


def test_lies_are_counted(scenery, seer):
    episode = play(make_plan(0, scenery, PLAIN, QUICK), Displaced(seer), GateConfig(), QUICK)
    assert episode.recovered_s is None
    assert {fix.what for fix in episode.false} == {"pose", "map -> odom"}
    assert episode.greatest_m == pytest.approx(1.0, abs=0.05)


def test_an_interrupted_test_goes_on(scenery, seer, tmp_path):
    file, settings = tmp_path / "out.json", {"seed": 0, "kidnaps": 3}
    whole = run(Journal(None, settings), scenery, PLAIN, seer, QUICK, GateConfig())
    run(Journal(file, {**settings, "kidnaps": 1}), scenery, PLAIN, seer, replace(QUICK, kidnaps=1), GateConfig())
    assert len(json.loads(file.read_text())["episodes"]) == 1
    done = []
    resumed = run(
        Journal(file, settings), scenery, PLAIN, seer, QUICK, GateConfig(), progress=lambda *told: done.append(told)
    )
    assert [told[1] for told in done] == [1, 2, 3]
    assert plain(resumed[-1].to_dict()) == plain(whole[-1].to_dict())
    with pytest.raises(ConfigError, match="seed"):
        Journal(file, {**settings, "seed": 1})
    file.write_text("{}")
    with pytest.raises(ConfigError, match="not a kidnap test"):
        Journal(file, settings)
