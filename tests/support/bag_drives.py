"""Recordings of the drive of :mod:`support.bags`, and what the importer makes of them."""

from __future__ import annotations

import numpy as np

from reloc.maps.source import SourceOptions, open_source
from support import bags
from support.bags import at

STORAGES = ("sqlite3", "mcap")


def tf_drive(world="map", base="base_link", seconds=1.2):
    """The base's poses by TF, as messages."""
    return [(at(t), "/tf", bags.tf(at(t), world, base, bags.world_from_base(t))) for t in bags.times(seconds)]


def drive(*parts):
    """The camera's messages, and ``parts``, in the order of their times."""
    return bags.ordered(bags.camera_part(), *parts)


def frames(path, **options):
    """What the importer reads of a bag."""
    return open_source("rosbag2", path, SourceOptions(**options)).frames("all")


def read(path, **options):
    """The same, and the source's notes in one line."""
    source = open_source("rosbag2", path, SourceOptions(**options))
    return source.frames("all"), " | ".join(source.notes)


def assert_on_circle(found, count=10, world_from_odom=None):
    """Poses between two published ones lie on the chord: within r (da)^2 / 8 = 0.1 mm of the circle."""
    assert len(found) == count
    for frame in found:
        seconds = (frame.stamp_ns - bags.START_NS) / bags.SECOND
        truth = bags.world_from_base(seconds) @ bags.BASE_FROM_CAM
        truth = truth if world_from_odom is None else world_from_odom @ truth
        np.testing.assert_allclose(frame.world_from_cam, truth, atol=3e-4)
