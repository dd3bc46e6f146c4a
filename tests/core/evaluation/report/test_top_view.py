import numpy as np
import pytest
from support.tiny_world import reference_poses

from reloc.evaluation.report.top_view import find_ground
from reloc.geometry import transforms


def test_a_map_with_z_up_is_drawn_in_x_and_y():
    ground = find_ground(np.stack(reference_poses()))
    assert ground.labels == ("x [m]", "y [m]")
    np.testing.assert_allclose(ground.flat(np.array([[1.0, 2.0, 3.0]])), [[1.0, 2.0]])


def test_another_maps_ground_is_found_from_the_cameras():
    """Turned into the first camera's axes, the level path is still seen from above: lengths stay."""
    poses = np.stack(reference_poses())
    turned = transforms.inverse(poses[0]) @ poses
    ground = find_ground(turned)
    assert ground.labels != ("x [m]", "y [m]")
    np.testing.assert_allclose(ground.axes @ ground.axes.T, np.eye(2), atol=1e-12)
    level = np.linalg.norm(np.diff(poses[:, :2, 3], axis=0), axis=1)
    drawn = np.linalg.norm(np.diff(ground.flat(turned[:, :3, 3]), axis=0), axis=1)
    np.testing.assert_allclose(drawn, level, rtol=0.03)


@pytest.mark.parametrize("count", [1, 2])
def test_cameras_at_one_place_have_a_ground_too(count):
    ground = find_ground(np.stack([np.eye(4)] * count))
    np.testing.assert_allclose(ground.axes @ ground.axes.T, np.eye(2), atol=1e-9)
