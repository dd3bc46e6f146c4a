import numpy as np
import pytest
from support.outcomes import BEST
from support.tiny_world import TinySource

from reloc.datatypes import Localized, Lost, LostReason, Support
from reloc.errors import ImageError, MapFeatureError, PluginError
from reloc.evaluation.baseline import first_retrieved
from reloc.evaluation.evaluate import run
from reloc.evaluation.summary import summarize
from reloc.geometry.camera_choice import CameraChoice
from reloc.maps.source import SourceFrame


@pytest.fixture
def cameras(tiny_map):
    return CameraChoice(tiny_map.camera(0))


class KnowsTheWay:
    """Answers queries in order with the poses it is told, a little off."""

    def __init__(self, frames, shift_m=0.01):
        self.poses = [f.world_from_cam for f in frames]
        self.shift_m = shift_m
        self.calls = 0

    def __call__(self, query):
        pose = self.poses[self.calls % len(self.poses)].copy()
        self.calls += 1
        pose[0, 3] += self.shift_m
        return Localized(pose, np.eye(6) * 1e-4, Support(50, 40, 0.5, 0.5, 0), BEST, {"all": 1.0})


def test_errors_are_those_of_the_answers_and_the_baseline_is_the_nearest_view(tiny_map, cameras):
    frames = TinySource().frames("test")
    done = run(KnowsTheWay(frames), frames, tiny_map, cameras, retrieve=first_retrieved(tiny_map, "vlad"), warm_up=0)
    found = summarize("x", done.outcomes)
    assert (found.queries, found.answered) == (4, 4)
    assert found.median_translation_m == pytest.approx(0.01)
    assert found.recall_5cm_5deg == 1.0
    # The queries were taken up to 10 cm beside the references' arc, whose neighbours are 12 cm apart.
    assert 0.05 < found.retrieval_median_translation_m < 0.4
    assert done.outcomes[0].references == (tiny_map.names[0],)
    assert "4 frames" in done.camera


def test_warm_up_is_not_counted(tiny_map, cameras):
    frames = TinySource().frames("test")
    localize = KnowsTheWay(frames)
    seen = []
    done = run(localize, frames, tiny_map, cameras, warm_up=4, on_outcome=seen.append)
    assert localize.calls == 8
    assert seen == list(done.outcomes)
    assert len(seen) == 4


def test_a_bad_frame_is_lost_and_the_run_goes_on(tiny_map, cameras):
    def unreadable():
        raise ImageError("frame is cut off")

    good = TinySource().frames("test")[:1]
    frames = [SourceFrame("bad", unreadable, world_from_cam=np.eye(4)), *good]
    done = run(KnowsTheWay(good), frames, tiny_map, cameras, retrieve=first_retrieved(tiny_map, "vlad"))
    bad, fine = done.outcomes
    assert isinstance(bad.answer, Lost)
    assert bad.answer.reason is LostReason.BAD_IMAGE
    assert bad.errors is None
    assert bad.baseline is None
    assert isinstance(fine.answer, Localized)


def test_without_truth_there_is_no_error_and_retrieval_is_not_asked(tiny_map, cameras):
    frames = [SourceFrame("a", lambda: np.zeros((240, 320, 3), np.uint8))]
    done = run(
        KnowsTheWay(TinySource().frames("test")), frames, tiny_map, cameras, retrieve=lambda q: pytest.fail("asked")
    )
    assert done.outcomes[0].errors is None
    assert done.outcomes[0].baseline is None


def test_a_blank_image_has_no_nearest_reference(tiny_map, cameras):
    frames = [SourceFrame("blank", lambda: np.zeros((240, 320, 3), np.uint8), world_from_cam=np.eye(4))]
    done = run(KnowsTheWay(frames), frames, tiny_map, cameras, retrieve=first_retrieved(tiny_map, "vlad"))
    assert done.outcomes[0].baseline is None


def test_a_baseline_that_the_map_lacks_is_said(tiny_map):
    with pytest.raises(MapFeatureError, match="densevlad"):
        first_retrieved(tiny_map, "densevlad")
    with pytest.raises(PluginError, match="no_such"):
        first_retrieved(tiny_map, "no_such")
