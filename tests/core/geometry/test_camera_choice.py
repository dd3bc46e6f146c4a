import pytest

from reloc.geometry.camera_choice import ASSUMED, GIVEN, MAP, SOURCE, CameraChoice
from reloc.geometry.cameras import Camera

MAP_CAMERA = Camera(640, 480, 525.0, 525.0, 319.5, 239.5)


def test_the_users_word_is_above_the_sources():
    told = Camera(640, 480, 600.0, 600.0, 300.0, 200.0)
    choice = CameraChoice(MAP_CAMERA, given=lambda width, height: told)
    assert choice.choose(640, 480, MAP_CAMERA) == (told, GIVEN)


def test_the_sources_word_is_above_the_maps():
    other = Camera(640, 480, 400.0, 400.0, 320.0, 240.0)
    assert CameraChoice(MAP_CAMERA).choose(640, 480, other) == (other, SOURCE)


def test_a_camera_of_the_same_shape_is_scaled():
    camera, origin = CameraChoice(MAP_CAMERA).choose(320, 240, None)
    assert origin == MAP
    assert (camera.width, camera.height, camera.fx) == (320, 240, 262.5)
    assert camera.cx == pytest.approx(159.5)


@pytest.mark.parametrize(("width", "height", "focal"), [(384, 256, 315.0), (256, 256, 210.0), (256, 640, 525.0)])
def test_uncalibrated_pictures_get_the_maps_field_of_view_along_the_larger_side(width, height, focal):
    camera, origin = CameraChoice(MAP_CAMERA).choose(width, height, None)
    assert origin == ASSUMED
    assert (camera.fx, camera.fy) == (pytest.approx(focal), pytest.approx(focal))
    assert (camera.cx, camera.cy) == ((width - 1) / 2, (height - 1) / 2)
    assert (camera.width, camera.height) == (width, height)


def test_nothing_is_made_up_where_that_is_not_wanted():
    camera, _ = CameraChoice(MAP_CAMERA, assume=False).choose(384, 256, None)
    assert camera == MAP_CAMERA  # of another size than the image: the localizer refuses it


def test_a_given_camera_of_another_shape_stays_for_the_localizer_to_refuse():
    wrong = Camera(500, 500, 400.0, 400.0, 250.0, 250.0)
    assert CameraChoice(MAP_CAMERA, given=lambda w, h: wrong).choose(640, 480, None)[0] == wrong
