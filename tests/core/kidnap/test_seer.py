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
    first, again = seer.look(look), seer.look(replace(look, seconds=7.0))
    assert first is again
    assert isinstance(first.answer, Localized)
    assert first.answer.features is None  # a quarter of a megabyte
    cost: list[float] = []
    verify = seer.verifier(look, first, cost)
    one, other = verify(first.answer), verify(first.answer)
    assert isinstance(one, Verified)
    assert one is other
    assert one.answer.world_from_cam is first.answer.world_from_cam
    assert cost == [cost[0]] * 2
    assert cost[0] > 0.0


def test_an_image_like_no_other_is_not_kept(engine, look):
    seer, never = Seer(engine), replace(look, key=None)
    first, again = seer.look(never), seer.look(never)
    assert first is not again
    np.testing.assert_allclose(first.answer.world_from_cam, again.answer.world_from_cam)


def test_an_image_that_cannot_be_read_is_lost(engine, look):
    def fail():
        raise ImageError("cut off", "send it again")

    seen = Seer(engine).look(replace(look, load=fail, key="broken"))
    assert isinstance(seen.answer, Lost)
    assert seen.answer.reason is LostReason.BAD_IMAGE
    assert Seer(engine).verifier(look, seen, []) is None
