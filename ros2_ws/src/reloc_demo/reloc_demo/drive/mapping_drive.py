"""The robot's drive for making the map."""

from __future__ import annotations

from reloc_demo.drive.motion import Drive, DriveTrajectory, RobotPace, Step, Turn, follow
from reloc_demo.world.house import OFFICE_PITCH

PACE = RobotPace(speed=0.5, yaw_rate=0.8)


def _office(number: int) -> tuple[Step, ...]:
    x = number * OFFICE_PITCH
    loop = ((1.5, 2.6), (1.1, 3.2), (2.3, 3.6), (3.5, 3.3), (3.4, 2.3), (2.3, 2.1))
    return (
        Drive(((x + 2.3, 0.4), (x + 2.3, 1.6), *((x + px, py) for px, py in loop))),
        Turn(-360),
        Drive(((x + 1.6, 3.0),)),
        Turn(360),
        Drive(((x + 3.1, 3.0), (x + 2.4, 2.0), (x + 2.3, 1.0), (x + 2.3, 0.0))),
    )


def mapping_drive() -> DriveTrajectory:
    """Return a drive through every room, with full turns, and along the corridor both ways."""
    lounge = ((12.3, 0.3), (12.3, 1.6), (13.6, 2.4), (14.0, 3.2), (12.6, 3.1), (11.0, 3.4), (10.7, 2.4), (12.0, 2.3))
    library = (
        (11.0, -0.3),
        (11.0, -1.8),
        (9.4, -2.1),
        (8.2, -2.6),
        (8.0, -4.4),
        (10.4, -4.6),
        (13.0, -4.3),
        (13.3, -2.8),
    )
    kitchen = ((3.2, -0.3), (3.2, -1.8), (4.8, -2.4), (5.3, -3.6), (4.4, -4.4), (3.4, -4.3), (3.3, -2.6), (1.6, -2.4))
    steps: tuple[Step, ...] = (
        Drive(((4.0, 0.0), (8.0, 0.0), (13.6, 0.0))),
        Turn(180),
        Drive(lounge),
        Turn(360),
        Drive(((13.4, 2.9),)),
        Turn(-300),
        Drive(((12.4, 1.7), (12.3, 0.2))),
        Drive(((11.0, 0.0),)),
        Drive(library),
        Turn(360),
        Drive(((10.8, -2.4),)),
        Turn(-360),
        Drive(((11.0, -1.8), (11.0, -0.4))),
        Drive(((7.05, 0.0),)),
        *_office(1),
        Drive(((3.2, 0.0),)),
        Drive(kitchen),
        Turn(360),
        Drive(((4.6, -3.0),)),
        Turn(-300),
        Drive(((3.3, -2.0), (3.2, 0.0))),
        Drive(((2.3, 0.0),)),
        *_office(0),
        Drive(((1.2, 0.0),)),
    )
    return follow((1.0, 0.0, 0.0), steps, PACE)
