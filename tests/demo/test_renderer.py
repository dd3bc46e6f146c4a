"""The renderer must agree with reloc's camera to a fraction of a pixel, or the demo measures the renderer."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import inverse, make, so3_exp, transform
from reloc_demo.world.renderer import Renderer
from reloc_demo.world.scene import DemoRoom, Scene

CAMERAS = {
    "centred": Camera(640, 480, 410.0, 410.0, 319.5, 239.5),
    "off centre, unequal focal lengths": Camera(640, 480, 500.0, 430.0, 280.0, 260.0),
}


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS.keys())
def test_points_appear_where_the_camera_projects_them(camera: Camera) -> None:
    scene = Scene()
    scene.rooms.append(DemoRoom("empty", (-5, 5), (-5, 5), 3.0, ()))
    marks = [(4.0, y, z) for y in (-1.5, 0.2, 1.4) for z in (0.1, 1.0, 1.9)]
    for x, y, z in marks:  # small shining squares that face the camera, which looks along +x
        scene.rectangle((x, y + 0.03, z - 0.03), (0, -0.06, 0), (0, 0, 0.06), "lamp", glow=1.0)
    ahead = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    world_from_cam = make(ahead @ so3_exp((0.02, 0.05, 0.03)), (0.1, -0.05, 1.0))
    image = Renderer(scene.finish(), camera).render(world_from_cam)
    expected = camera.project(transform(inverse(world_from_cam), np.array(marks)))
    brightness = np.clip(image.astype(float).min(axis=2) - 200, 0, None)  # the background is grey-blue
    for u, v in expected:
        rows, columns = slice(round(v) - 9, round(v) + 10), slice(round(u) - 9, round(u) + 10)
        window = brightness[rows, columns]
        assert window.sum() > 0, f"nothing at {u:.1f}, {v:.1f}"
        vv, uu = np.mgrid[rows, columns]
        centre = np.array([(window * uu).sum(), (window * vv).sum()]) / window.sum()
        np.testing.assert_allclose(centre, (u, v), atol=0.45)


def test_the_same_pose_gives_the_same_picture() -> None:
    from reloc_demo.drive.robot import CAMERA, world_from_cam
    from reloc_demo.world import house

    renderer = Renderer(house.build(), CAMERA)
    pose = world_from_cam(np.array([12.3, 2.0, 1.2]))
    first = renderer.render(pose)
    renderer.render(world_from_cam(np.array([3.0, -2.0, 0.0])))
    np.testing.assert_array_equal(renderer.render(pose), first)
    assert first.shape == (480, 640, 3)
    assert first.std() > 20  # a furnished room, not a blank
