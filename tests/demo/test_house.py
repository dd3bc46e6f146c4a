"""The house: two offices that look alike but are not the same, and nothing in the robot's way."""

from __future__ import annotations

import numpy as np
import pytest

from reloc_demo.drive.mapping_drive import mapping_drive
from reloc_demo.drive.motion import DriveTrajectory
from reloc_demo.drive.robot import CAMERA_HEIGHT, RADIUS
from reloc_demo.drive.tour import tour
from reloc_demo.textures import paint
from reloc_demo.world import house


def test_every_texture_can_be_painted_and_is_always_the_same() -> None:
    names = sorted({surface.texture for surface in house.build().surfaces})
    pictures = {name: paint(name) for name in names}
    assert all(picture.dtype == np.uint8 and picture.ndim == 3 for picture in pictures.values())
    for name in names[::8]:
        np.testing.assert_array_equal(pictures[name], paint(name))


def test_the_offices_differ_in_three_things_only() -> None:
    world = house.build()
    by_name = {room.name: index for index, room in enumerate(world.rooms)}

    def things(office: str) -> set[tuple[float | str, ...]]:
        room = world.rooms[by_name[office]]
        shift = np.array([room.x[0], 0.0, 0.0])
        mine = [s for s in world.surfaces if s.room == by_name[office]]
        return {(*np.round(s.origin - shift, 3), *np.round(s.edge_u, 3), s.texture) for s in mine}

    one, two = (things(office) for office in house.OFFICES)
    assert {str(t[-1]) for t in one - two} == {"cupboard red", "poster office one", "photos one"}
    assert {str(t[-1]) for t in two - one} == {"cupboard teal", "poster office two", "photos two"}
    assert len(one & two) > 0.98 * len(one)


@pytest.mark.parametrize("trajectory", [mapping_drive(), tour()], ids=["mapping drive", "tour"])
def test_the_robot_bumps_into_nothing(trajectory: DriveTrajectory) -> None:
    times = [t for t in np.arange(0.0, trajectory.duration, 0.1) if not trajectory.carried(t - 0.1, t)]
    xy = np.array([trajectory.at(t)[:2] for t in times])
    clearance = house.build().clearance(xy, CAMERA_HEIGHT + 0.2)
    assert clearance.min() > RADIUS, f"{times[int(clearance.argmin())]:.1f} s at {xy[clearance.argmin()]}"


def test_kidnaps_go_where_they_say() -> None:
    world, trajectory = house.build(), tour()
    rooms = []
    for kidnap in trajectory.kidnaps:
        (x0, y0, _), (x1, y1, _) = trajectory.at(kidnap.start - 0.01), trajectory.at(kidnap.end + 1e-6)
        rooms.append((world.room_at(x0, y0), world.room_at(x1, y1)))
    (out_of, into), alike, (here, still_here) = rooms
    assert out_of != into
    assert alike == house.OFFICES
    assert here == still_here
