"""What to add, in words."""

import numpy as np

from reloc.evaluation.coverage import advice
from reloc.evaluation.coverage.finding import ReferenceFinding
from reloc.evaluation.coverage.floor import Floor
from reloc.evaluation.coverage.headings import find_places
from reloc.maps.check import ReferenceCheck


def floor(xy, degrees):
    xy, heading = np.array(xy, float), np.deg2rad(np.array(degrees, float))
    return Floor(("x [m]", "y [m]"), xy, heading, xy + 2.0 * np.column_stack([np.cos(heading), np.sin(heading)]))


def checks(count, landmarks=200, neighbours=9):
    return [ReferenceCheck(str(i), 400, landmarks, 0.5, neighbours, ()) for i in range(count)]


PLAN = floor([(1, 2), (1.3, 2), (3, 2), (1, 2)], [0, 0, 0, 180])


def test_views_are_asked_for_where_they_fail():
    findings = [
        ReferenceFinding(0, "0", "fails", "too_few_inliers"),
        ReferenceFinding(1, "1", "fails", "too_few_matches"),
        ReferenceFinding(2, "2", "works"),
        ReferenceFinding(3, "3", "ambiguous", "ambiguous"),
    ]
    (one,) = advice.of_findings(PLAN, findings, checks(4))
    assert one.kind == "fails"
    assert one.text.startswith("Add views near (1.0, 2.0) looking toward (3.0, 2.0): 2 views are not localized")
    assert "1 too few inliers, 1 too few matches" in one.text
    assert one.text.endswith("the next view in that direction is 0.3 m away.")
    assert one.references == (0, 1)


def test_a_blank_wall_asks_for_a_picture_on_it():
    findings = [ReferenceFinding(i, str(i), "fails" if i == 3 else "works", "too_few_features") for i in range(4)]
    (one,) = advice.of_findings(PLAN, findings, [*checks(3), *checks(1, landmarks=8)])
    assert one.kind == "plain"
    assert "8 landmarks" in one.text


def test_nothing_to_add():
    assert advice.of_findings(PLAN, [ReferenceFinding(i, str(i), "works") for i in range(4)], checks(4)) == ()


def test_a_view_that_hangs_by_one_neighbour():
    found = advice.of_map(PLAN, [*checks(2), *checks(2, neighbours=1)], ())
    assert [one.kind for one in found] == ["few neighbours", "few neighbours"]
    assert "a view there shares landmarks with a single other view" in found[0].text
    assert advice.of_map(PLAN, checks(4, landmarks=0, neighbours=0), ()) == ()  # a map without landmarks


def test_a_stretch_without_views():
    (one,) = advice.of_map(floor([(0, 0), (1, 0), (6, 0), (6.5, 0)], [0] * 4), checks(4), ())
    assert one.kind == "gap"
    assert "around (3.5, 0.0)" in one.text
    assert "5.0 m without any" in one.text


def test_headings_that_nobody_looked_at():
    plan = floor([(0, 0), (0.2, 0)], [0, 90])
    (one,) = advice.of_map(plan, checks(2), find_places(plan))
    assert one.kind == "heading"
    assert "no view covers 180° around 225°" in one.text
    assert np.allclose(one.towards, np.array(one.at) - np.sqrt(2.0))


def test_one_reference():
    plan = floor([(0, 0)], [0])
    found = advice.of_map(plan, checks(1, neighbours=0), find_places(plan))
    assert {one.kind for one in found} == {"few neighbours", "heading"}
