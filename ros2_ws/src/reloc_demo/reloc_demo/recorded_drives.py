"""Record two drives through the house as bags, for the tutorial: one to make a map from, one to localize.

The second has what a robot sends: images, camera_info, and TF with drifting odometry. Its `map -> odom` is the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from reloc.geometry.transforms import inverse
from reloc_demo.bags import DemoBagWriter, jpeg
from reloc_demo.drive.mapping_drive import mapping_drive
from reloc_demo.drive.motion import Drive, DriveTrajectory, Wait, follow
from reloc_demo.drive.odometry import WheelDrift
from reloc_demo.drive.robot import BASE_FROM_CAM, CAMERA, world_from_base
from reloc_demo.drive.simulation import Simulation
from reloc_demo.drive.tour import PACE
from reloc_demo.mapping import EVERY_DEGREES, EVERY_METRES, record
from reloc_demo.world import house

MAPPING, DRIVE = "mapping", "drive"
IMAGES_HZ, TF_HZ = 5.0, 20.0
_EPOCH_NS = 1_700_000_000_000_000_000
_BASE, _OPTICAL = "base_link", "camera_optical_frame"
_TOPIC = "/camera/image_raw/compressed"
Progress = Callable[[str, int, int], None]


def from_lounge_to_office() -> DriveTrajectory:
    """Return a drive of some twenty seconds out of a room, along the corridor, and into another room."""
    corridor = ((12.6, 2.3), (12.3, 1.2), (11.9, 0.2), (10.8, 0.0), (9.8, 0.0), (7.5, 0.1), (5.0, 0.0), (2.6, 0.0))
    office = ((2.3, 1.1), (2.0, 2.2), (2.2, 2.75))
    return follow((13.6, 3.0, 190.0), (Wait(0.5), Drive((*corridor, *office)), Wait(1.0)), PACE)


def write_both(folder: Path, progress: Progress) -> tuple[Path, Path]:
    """Write the bags ``mapping`` and ``drive``, unless they are there. Return their paths."""
    mapping, drive = folder / MAPPING, folder / DRIVE
    if not mapping.exists():
        slow = mapping_drive()
        stops = slow.stops(EVERY_METRES, EVERY_DEGREES)
        record(mapping, slow, stops, lambda done, total: progress("drive for the map", done, total))
    if not drive.exists():
        write_drive(drive, from_lounge_to_office(), lambda done, total: progress("second drive", done, total))
    return mapping, drive


def write_drive(bag: Path, trajectory: DriveTrajectory, progress: Callable[[int, int], None]) -> None:
    """Write what the robot sends on a drive."""
    robot = Simulation(house.build(), trajectory, WheelDrift())
    part = bag.parent / "unfinished" / bag.name
    ticks = int(np.ceil(trajectory.duration * TF_HZ))
    every = round(TF_HZ / IMAGES_HZ)
    with DemoBagWriter(part) as writer:
        writer.write("/tf_static", writer.tf(BASE_FROM_CAM, _EPOCH_NS, _BASE, _OPTICAL), _EPOCH_NS)
        for tick in range(ticks + 1):
            stamp = _EPOCH_NS + round(tick / TF_HZ * 1e9)
            moment = robot.step(tick / TF_HZ)
            odom_from_base = world_from_base(moment.odometry)
            map_from_odom = world_from_base(moment.true_pose) @ inverse(odom_from_base)
            writer.write("/tf", writer.tf(map_from_odom, stamp, "map", "odom"), stamp)
            writer.write("/tf", writer.tf(odom_from_base, stamp, "odom", _BASE), stamp)
            if tick % every == 0:
                writer.write("/camera/camera_info", writer.camera_info(CAMERA, stamp, _OPTICAL), stamp)
                writer.write(_TOPIC, writer.compressed_image(jpeg(robot.image(moment)), stamp, _OPTICAL), stamp)
            progress(tick, ticks)
    part.rename(bag)
