import cv2
import numpy as np
import pytest
from support.tiny_world import CAMERA
from support.twin_rooms import TwinRooms, build_twin_map

from reloc.errors import SourceError
from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.expected import NEAR_M, Expected
from reloc.kidnap.pictures_elsewhere import LOOKS, fitted
from reloc.kidnap.sceneries import recorded_scenery, with_look_alikes

from .conftest import drive_frames

CONFIG = KidnapConfig()


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "holiday"
    (folder / "beach").mkdir(parents=True)
    image = np.random.default_rng(0).integers(0, 256, (300, 500, 3)).astype(np.uint8)
    cv2.imwrite(str(folder / "beach" / "one.png"), image)
    return folder


def test_pictures_of_elsewhere_are_panned_over(tiny_map, pictures):
    scenery = recorded_scenery("tiny", drive_frames(), tiny_map, CONFIG, [pictures])
    assert [len(drive) for drive in scenery.drives] == [60]
    (panned,) = scenery.elsewhere
    assert len(panned) == LOOKS
    assert all(frame.world_from_cam is None and frame.camera == CAMERA for frame in panned)
    first, last = panned[0].load_image(), panned[-1].load_image()
    assert first.shape == last.shape == (240, 320, 3)
    assert not np.array_equal(first, last)
    with pytest.raises(SourceError, match="There is no picture"):
        recorded_scenery("tiny", drive_frames(), tiny_map, CONFIG, [pictures / "nothing"])


def test_a_picture_is_cut_not_stretched():
    wide = np.zeros((100, 400, 3), np.uint8)
    wide[:, 133:267] = 255
    assert fitted(wide, CAMERA).mean() > 250


def test_look_alikes_are_the_places_that_resemble_others(tmp_path):
    reference_map = build_twin_map(tmp_path)
    first = TwinRooms().frames("train")[:12]
    scenery = with_look_alikes(recorded_scenery("twins", first, reference_map, CONFIG), reference_map)
    assert scenery.look_alikes
    assert set(scenery.look_alikes) <= {(0, i) for i in range(12)}


def test_it_should_work_where_the_map_says_so(tiny_map):
    pose = tiny_map.world_from_cam[4]
    near = pose.copy()
    near[:3, 3] += [0.0, 0.0, 0.01]
    assert Expected(tiny_map, ()).at(near)
    assert not Expected(tiny_map, tiny_map.names[4:5]).at(near)
    far = pose.copy()
    far[:3, 3] += [0.0, 0.0, 10 * NEAR_M]
    assert not Expected(tiny_map, ()).at(far)
