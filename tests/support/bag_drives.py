"""Recordings of the drive of :mod:`support.bags`, and what the importer makes of them."""

from __future__ import annotations

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
