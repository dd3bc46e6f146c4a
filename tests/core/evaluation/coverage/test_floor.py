"""References on the floor plan, and the headings that nobody looked at."""

import numpy as np
import pytest

from reloc.evaluation.coverage.floor import Floor, spot, turned
from reloc.evaluation.coverage.headings import SECTORS, PlaceHeadings, find_places


def floor(xy, degrees):
    xy = np.array(xy, float)
    return Floor(("x [m]", "y [m]"), xy, np.deg2rad(np.array(degrees, float)), xy + 1.0)


def test_of_a_map(own_map):
    found = Floor.of(own_map)
    np.testing.assert_allclose(found.xy, own_map.world_from_cam[:, :2, 3])
    forward = own_map.world_from_cam[:, :2, 2]
    np.testing.assert_allclose(found.heading, np.arctan2(forward[:, 1], forward[:, 0]))
    # All look at the wall y = 4: what they see is before it, and on their line of sight.
    ahead = np.einsum("ij,ij->i", found.seen - found.xy, forward)
    assert (ahead > 0.5).all()
    assert (found.seen[:, 1] < 4.1).all()


def test_angles_go_around():
    angles = np.deg2rad([170.0, -170.0, np.nan])
    np.testing.assert_allclose(np.rad2deg(turned(angles, np.deg2rad(180.0))), [10.0, 10.0, np.inf])


def test_views_are_grouped_by_place_and_heading():
    plan = floor([(0, 0), (0.3, 0), (0.6, 0), (0.3, 0.1), (9, 9)], [0, 10, 5, 180, 0])
    assert [set(group) for group in plan.grouped(range(5))] == [{0, 1, 2}, {3}, {4}]
    assert plan.next_view_m(1) == pytest.approx(0.3)
    assert plan.next_view_m(3) == np.inf
    assert plan.grouped([]) == []


def test_a_view_that_is_nearly_the_same_is_no_next_view():
    assert floor([(0, 0), (0.02, 0), (0.8, 0)], [0, 0, 0]).next_view_m(0) == pytest.approx(0.8)


def test_a_point_in_words():
    assert spot(np.array([-0.01, 3.456])) == "(0.0, 3.5)"


def test_a_place_is_covered_where_somebody_looks():
    plan = floor([(0, 0), (0.5, 0), (0.2, 0.2)], [0, 90, 45])
    (place,) = find_places(plan)
    looked = np.rad2deg(np.flatnonzero(place.covered) * 2 * np.pi / SECTORS)
    assert set(looked.round()) == {0, 30, 60, 90, 120, 330}
    middle, width = place.gap
    assert np.rad2deg(width) == pytest.approx(180)
    assert np.rad2deg(middle) % 360 == pytest.approx(225)


@pytest.mark.parametrize(("covered", "degrees"), [([True] * 12, 0), ([False] * 12, 360), ([True] + [False] * 11, 330)])
def test_the_widest_gap(covered, degrees):
    assert np.rad2deg(PlaceHeadings((0,), np.array(covered)).gap[1]) == pytest.approx(degrees)


def test_a_view_of_the_floor_looks_nowhere():
    plan = floor([(0, 0), (5, 5)], [np.nan, 0])
    assert [place.references for place in find_places(plan)] == [(1,)]
    assert plan.grouped([0, 1]) == [(0,), (1,)]
