"""A sheet of views of the house, to look at it without driving."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from reloc_demo.drive.robot import CAMERA, world_from_cam
from reloc_demo.world import house
from reloc_demo.world.renderer import Renderer

# x, y in metres and yaw in degrees; the two offices stand side by side.
VIEWS = (
    *((1.0, 0.0, 0), (14.0, 0.0, 180), (12.3, 1.6, 70), (14.0, 3.0, 180)),
    *((2.3, 1.5, 90), (7.05, 1.5, 90), (2.0, 3.0, 0), (6.75, 3.0, 0)),
    *((3.2, -1.6, -90), (5.5, -2.0, -150), (11.0, -1.6, -90), (8.0, -2.0, -30)),
)


def write_sheet(path: Path, columns: int = 4) -> int:
    """Write the views as one picture; returns how many there are."""
    renderer = Renderer(house.build(), CAMERA)
    poses = [np.array([x, y, np.deg2rad(yaw)]) for x, y, yaw in VIEWS]
    views = [cv2.resize(renderer.render(world_from_cam(p)), (480, 360), interpolation=cv2.INTER_AREA) for p in poses]
    rows = [np.hstack(views[k : k + columns]) for k in range(0, len(views), columns)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack(rows)[..., ::-1])
    return len(views)
