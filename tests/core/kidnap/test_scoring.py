import math
from dataclasses import replace

import pytest

from reloc.kidnap.episode import Episode, FalseFix
from reloc.kidnap.plain_json import plain
from reloc.kidnap.scoring import scores, upper_bound
from reloc.kidnap.table import as_text


def episode(index: int, disturbance: str, recovered_s: float | None, **more) -> Episode:
    return Episode(index, disturbance, "stands", "a", "b", (0.0, 0.0, 0.0), True, recovered_s, 0.1, **more)


EPISODES = [
    episode(0, "none", 0.3, nees=(1.0, 100.0), published=2, greatest_m=0.1, looks=9, dropped=1, expected=True),
    episode(1, "none", None, reasons={"ambiguous": 3}, looks=10, expected=False),
    episode(2, "elsewhere", None, false=(FalseFix("c", 0.2, None, None, "pose"),), published=1, looks=10),
]


def test_scores():
    none, elsewhere, total = scores(EPISODES, {"none"})
    assert (none.name, none.kidnaps, none.recovered, none.demanded) == ("none", 2, 1, 2)
    assert none.recovered_share == 0.5
    assert none.expected_share == 1.0
    assert none.coverage_95 == 0.5
    assert none.dropped_share == pytest.approx(0.05)
    assert none.reasons == {"ambiguous": 3}
    assert elsewhere.demanded == 0
    assert math.isnan(elsewhere.recovered_share)
    assert (total.false_recoveries, total.kidnaps, total.recovered_share) == (1, 3, 0.5)
    text = as_text((none, elsewhere, total))
    assert "elsewhere *" in text
    assert "False recoveries: 1 of 3" in text


def test_none_of_many_is_not_never():
    assert upper_bound(0, 1000) == pytest.approx(0.002991, abs=1e-5)  # the rule of three
    assert upper_bound(5, 5) == 1.0
    assert math.isnan(upper_bound(0, 0))


def test_an_episode_survives_json():
    for one in [*EPISODES, episode(3, "none", 0.2, nees=(math.nan,))]:
        again = Episode.from_dict(plain(one.to_dict()))
        assert plain(again.to_dict()) == plain(one.to_dict())


def test_how_long_a_kidnap_that_odometry_did_not_see_goes_unnoticed():
    silent = [
        replace(episode(i, "none", 0.5), noticed_s=0.1 * (i + 1), claimed_s=None if i == 19 else 0.2) for i in range(20)
    ]
    driven = replace(episode(20, "none", 0.5), carried="drives", noticed_s=9.0, claimed_s=9.0)
    before = replace(episode(21, "none", 0.5), was_tracking=False, noticed_s=0.0, claimed_s=0.0)
    total = scores([*silent, driven, before], {"none"})[-1]
    assert total.silent == 20
    assert (total.silent_noticed_s, total.silent_noticed_p95_s) == pytest.approx((1.0, 1.9))
    assert (total.silent_claimed_s, total.silent_claimed_p95_s) == (0.2, 0.2)
    never = scores([replace(one, noticed_s=None, claimed_s=None) for one in silent], {"none"})[-1]
    assert math.isinf(never.silent_noticed_s)
    text = as_text(scores(silent, {"none"}))
    assert "Kidnaps while odometry stood still: 20, noticed after 1.00 s (median), 1.90 s (p95)" in text
    assert "not in the test" in as_text((never,))
