"""The robot's world at one moment: its true pose, its odometry, and its camera's image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc_demo.drive.motion import DriveTrajectory
from reloc_demo.drive.odometry import WheelDrift, WheelOdometry
from reloc_demo.drive.robot import CAMERA, world_from_cam
from reloc_demo.world.renderer import Renderer
from reloc_demo.world.scene import DemoWorld

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Moment:
    """One tick of the simulation."""

    true_pose: Float64  # (3,) x, y, yaw of the base in the world
    odometry: Float64  # (3,) x, y, yaw of the base in odom, by the wheels
    twist: Float64  # (2,) m/s, rad/s, by the wheels
    covered: bool  # whether the camera is covered


class Simulation:
    """Play a trajectory; time only goes forward."""

    def __init__(self, world: DemoWorld, trajectory: DriveTrajectory, drift: WheelDrift) -> None:
        self.trajectory = trajectory
        self._renderer = Renderer(world, CAMERA)
        self._odometry = WheelOdometry(drift)
        self._rng = np.random.default_rng(drift.seed + 1)
        self._last = 0.0

    def step(self, t: float) -> Moment:
        """Advance to ``t`` seconds of the trajectory; before 0 and after its end the robot stands still."""
        pose = self.trajectory.at(t)
        carried = self.trajectory.carried(self._last, t)
        odometry = self._odometry.step(pose, t - self._last, wheels_turn=not carried)
        self._last = t
        return Moment(pose, odometry, self._odometry.twist.copy(), self.trajectory.covered(t))

    def image(self, moment: Moment) -> NDArray[np.uint8]:
        """Return the camera's image, (H, W, 3) RGB, with sensor noise; nearly black while covered."""
        if moment.covered:
            shape = (CAMERA.height, CAMERA.width, 3)
            return self._rng.integers(2, 9, shape, dtype=np.uint8)
        clean = self._renderer.render(world_from_cam(moment.true_pose))
        noise = self._rng.integers(-3, 4, (CAMERA.height, CAMERA.width, 1), dtype=np.int16)
        return np.asarray(np.clip(clean + noise, 0, 255).astype(np.uint8))
