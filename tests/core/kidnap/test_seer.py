"""What was looked at once need not be looked at again."""

from dataclasses import replace

import numpy as np
import pytest

from reloc.datatypes import Localized, Lost, LostReason
from reloc.engine import Engine
from reloc.errors import ImageError
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.plan import make_plan
from reloc.kidnap.seer import Seer
from reloc.trust.verification import VerificationConfig, Verified


@pytest.fixture
def look(scenery):
    return make_plan(0, scenery, (Disturbance,), KidnapConfig()).looks[0]


@pytest.fixture(scope="module")
def engine(tiny_map):
    return Engine.open(tiny_map, "features", {}, VerificationConfig(when="always"))


def test_answers_and_verifications_are_kept(engine, look):
    seer = Seer(engine)
    first, again = seer.localize(look), seer.localize(replace(look, seconds=7.0))
    assert first is again
    assert isinstance(first, Localized)
    assert first.features is None  # a quarter of a megabyte
    assert seer.verifies
    localized_ms = seer.take_cost_ms()
    assert localized_ms > 0.0
    one = seer.verify(look, first)
    verified_ms = seer.take_cost_ms()
    other = seer.verify(look, first)
    assert isinstance(one, Verified)
    assert one is other
    np.testing.assert_array_equal(one.answer.world_from_cam, first.world_from_cam)
    assert seer.take_cost_ms() == verified_ms > 0.0  # it costs as much again, though it was not done again


def test_an_image_like_no_other_is_not_kept(engine, look):
    seer, never = Seer(engine), replace(look, key=None)
    first, again = seer.localize(never), seer.localize(never)
    assert first is not again
    np.testing.assert_allclose(first.world_from_cam, again.world_from_cam)


def test_an_image_that_cannot_be_read_is_lost(engine, look):
    def fail():
        raise ImageError("cut off", "send it again")

    answer = Seer(engine).localize(replace(look, load=fail, key="broken"))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.BAD_IMAGE
