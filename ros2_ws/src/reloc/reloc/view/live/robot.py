"""The robot in the scene: where it is, how sure that is, and where it came from."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from reloc.datatypes import Float64
from reloc.view import nodes
from reloc.view.live.state_bar import color
from reloc.view.live.values import LivePose
from reloc.view.palette import ROBOT_COLOR, rgb

if TYPE_CHECKING:
    from viser import ViserServer

_MOST_STEPS = 4000  # of the path; the oldest are forgotten
_STEP_M = 0.01  # shorter steps add nothing to the path
_JUMP_M = 2.0  # a longer step is no driving: no line joins its ends


class RobotLayer:
    """Draws the newest pose and the path that led there."""

    def __init__(self, server: ViserServer, layer: str, size: float) -> None:
        """Make the layer.

        Args:
            layer: name of the layer's node.
            size: length of the robot, meters.
        """
        self._server, self._layer, self._size = server, layer, size
        self._robot: Any = None
        self._path: deque[tuple[Float64, str]] = deque(maxlen=_MOST_STEPS)
        self._drawn = 0
        self._steps = 0

    @property
    def steps(self) -> int:
        """Number of poses in the path."""
        return len(self._path)

    def move(self, pose: LivePose, state: str) -> None:
        """Draw the robot at a new pose, and add it to the path."""
        position = pose.world_from_base[:3, 3]
        if self._robot is None:
            vertices, faces = _marker(self._size)
            self._robot = self._server.scene.add_mesh_simple(
                f"{self._layer}/body",
                vertices,
                faces,
                color=ROBOT_COLOR,
                side="double",
                flat_shading=True,
                cast_shadow=False,
            )
            self.show(state)
        self._robot.position, self._robot.wxyz = position, nodes.wxyz(pose.world_from_base)
        nodes.add_covariance(self._server, f"{self._layer}/covariance", position, pose.covariance, ROBOT_COLOR)
        if not self._path or np.linalg.norm(position - self._path[-1][0]) > _STEP_M:
            self._path.append((np.array(position), state))
            self._steps += 1

    def show(self, state: str) -> None:
        """Give the robot the color of the state."""
        if self._robot is not None:
            self._robot.color = rgb(color(state))

    def refresh(self) -> None:
        """Draw the path, each step in the color of its state; call it a few times a second."""
        if self._steps == self._drawn or len(self._path) < 2:
            return
        self._drawn = self._steps
        points = np.array([point for point, _ in self._path])
        segments = nodes.path_lines(points)
        near = np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1) < _JUMP_M
        colors = np.array([rgb(color(state)) for _, state in self._path], np.uint8)[1:]
        if near.any():
            self._server.scene.add_line_segments(
                f"{self._layer}/path", segments[near].astype(np.float32), np.repeat(colors[near, None], 2, axis=1),
                thickness=3.0, thickness_units="screen",
            )  # fmt: skip


def _marker(size: float) -> tuple[Float64, np.typing.NDArray[np.uint32]]:
    """Return an arrow that points along x, with a mast and a ball that images around do not hide.

    Vertices (V, 3) and triangles (T, 3).
    """
    nose, left, back, right, top = (0.6, 0, 0), (-0.4, 0.35, 0), (-0.2, 0, 0), (-0.4, -0.35, 0), (-0.1, 0, 0.25)
    arrow = np.array([nose, left, back, right, top], np.float64)
    thin, high, ball = 0.03, 5.0, 0.3
    mast = np.array([(x, y, z) for z in (0.0, high) for x, y in ((thin, 0), (-thin, thin), (-thin, -thin))])
    middle = np.array([0.0, 0.0, high])
    tips = middle + ball * np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
    faces: list[tuple[int, ...]] = [(0, 1, 4), (1, 2, 4), (2, 3, 4), (3, 0, 4), (0, 2, 1), (0, 3, 2)]
    faces += [tuple(5 + k for k in side) for i in range(3) for side in _sides(i, (i + 1) % 3)]
    faces += [tuple(11 + k for k in (x, y, z)) for x in (0, 1) for y in (2, 3) for z in (4, 5)]
    return np.vstack([arrow, mast, tips]) * size, np.array(faces, np.uint32)


def _sides(first: int, second: int) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return the two triangles of one side of the mast."""
    return (first, second, first + 3), (second, second + 3, first + 3)
