import time
from functools import partial

import numpy as np
import pytest
from support.outcomes import localized, lost

from reloc import images
from reloc.datatypes import Lost, LostReason
from reloc.errors import CameraError
from reloc.evaluation.answering import answer_frame
from reloc.geometry.camera_choice import CameraChoice
from reloc.geometry.cameras import Camera
from reloc.maps.source import SourceFrame

CAMERA = Camera(64, 48, 50.0, 50.0, 31.5, 23.5)
CAMERAS = CameraChoice(CAMERA)


def image():
    return np.zeros((48, 64, 3), np.uint8)


def test_the_query_is_the_frame():
    seen = []
    frame = SourceFrame("a", image, stamp_ns=5)
    answered = answer_frame(lambda query: seen.append(query) or localized(), frame, CAMERAS)
    assert seen[0].camera == CAMERA
    assert seen[0].stamp_ns == 5
    assert answered.query is seen[0]
    assert answered.camera_origin


def test_time_is_of_localizing_alone():
    def slow_image():
        time.sleep(0.5)
        return image()

    answered = answer_frame(lambda query: time.sleep(0.02) or lost(), SourceFrame("a", slow_image), CAMERAS)
    assert 20.0 <= answered.ms < 500.0


@pytest.mark.parametrize("content", [None, b"", b"no image", b"\xff\xd8\xff\xe0 cut"])
def test_an_unreadable_image_is_lost_with_its_reason(tmp_path, content):
    file = tmp_path / "frame.jpg"
    if content is not None:
        file.write_bytes(content)
    answered = answer_frame(lambda query: pytest.fail("called"), SourceFrame("a", partial(images.load, file)), CAMERAS)
    assert isinstance(answered.answer, Lost)
    assert answered.answer.reason is LostReason.BAD_IMAGE
    assert "frame.jpg" in answered.answer.detail
    assert answered.ms == 0.0


def test_a_camera_that_cannot_be_is_lost_with_its_reason():
    def refuse(width, height):
        raise CameraError("Focal length fx=0")

    answered = answer_frame(lambda q: pytest.fail("called"), SourceFrame("a", image), CameraChoice(CAMERA, refuse))
    assert isinstance(answered.answer, Lost)
    assert answered.answer.reason is LostReason.BAD_CAMERA_INFO


def test_a_localizer_that_fails_loses_the_frame_not_the_run():
    answered = answer_frame(lambda query: 1 / 0, SourceFrame("a", image), CAMERAS)
    assert isinstance(answered.answer, Lost)
    assert answered.answer.reason is LostReason.INTERNAL
    assert "ZeroDivisionError" in answered.answer.detail


def test_interrupt_goes_through():
    def interrupted(query):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_frame(interrupted, SourceFrame("a", image), CAMERAS)
