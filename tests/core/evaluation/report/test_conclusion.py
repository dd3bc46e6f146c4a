"""The first sentence of each report."""

from __future__ import annotations

from support.outcomes import localized, lost, outcome

from reloc.evaluation.coverage.conclusion import conclude as conclude_check
from reloc.evaluation.report.conclusion import conclude
from reloc.evaluation.summary import summarize


def told(*outcomes):
    found = conclude(summarize("features", outcomes))
    return found.kind, found.words


def test_all_right():
    kind, words = told(*[outcome(localized((0.004, 0, 0)))] * 10)
    assert kind == "good"
    assert words.startswith("10 of 10 queries were answered (100%), median error 0.4 cm and 0.00°; ")
    assert words.endswith("no answer was wrong by over 0.5 m or 10°.")


def test_a_wrong_answer_is_the_news():
    kind, words = told(*[outcome(localized())] * 9, outcome(localized((3.0, 0, 0))))
    assert kind == "bad"
    assert "1 were wrong by over 0.5 m or 10°" in words


def test_what_is_lost_has_its_reason():
    kind, words = told(*[outcome(localized())] * 6, *[outcome(lost())] * 4)
    assert kind == "fair"
    assert words.endswith("Lost queries, most often because of too few inliers (4).")
    kind, words = told(outcome(lost()))
    assert kind == "bad"
    assert words.startswith("None of 1 queries was answered, most often because of too few inliers")


def test_without_truth_and_without_queries():
    assert "The true poses are not known" in told(outcome(localized(), truth=False))[1]
    assert told() == ("bad", "There were no queries.")


def test_a_map_that_was_not_tried():
    found = conclude_check(())
    assert (found.kind, "is not known" in found.words) == ("fair", True)
