"""The drives of the demo: the whole tour with three kidnaps, and a short form with one."""

from __future__ import annotations

from reloc_demo.drive.motion import Drive, DriveTrajectory, Kidnap, RobotPace, Step, Turn, Wait, follow
from reloc_demo.world.house import OFFICE_PITCH

PACE = RobotPace(speed=1.0, yaw_rate=1.8, acceleration=1.4)

_START = (13.6, 3.0, 190.0)
_OFFICE_SPOT = (2.75, 2.9, 85.0)  # in office 1; kidnapped from here to nearly the same spot of office 2


def tour(short: bool = False) -> DriveTrajectory:
    """Return the robot's drive in the demo.

    Args:
        short: whether to return the short form, which shows in a quarter of the time whether a method works.
    """
    return _short() if short else _whole()


def _short() -> DriveTrajectory:
    """Return a drive out of a room, and one kidnap."""
    steps: tuple[Step, ...] = (
        Wait(0.5),
        Drive(((12.6, 2.3), (12.3, 1.2), (11.9, 0.2))),
        Kidnap("carried to another room", (4.7, -2.9, 155.0), covered_seconds=1.0),
        Drive(((3.4, -2.2), (3.1, -1.0), (2.6, 0.0), (2.3, 1.1))),
        Wait(0.8),
    )
    return follow(_START, steps, PACE)


def _whole() -> DriveTrajectory:
    """Return the robot's drive through the house, with three kidnaps.

    Before the second kidnap, the robot sees the poster that only office 1 has. Then it looks at the desks, which are
    equal in both offices. After the kidnap the view is the same, and only a turn shows the robot's place.
    """
    x, y, yaw = _OFFICE_SPOT
    steps: tuple[Step, ...] = (
        Wait(0.5),
        Drive(((12.6, 2.3), (12.3, 1.2), (11.9, 0.2), (10.8, 0.0), (9.8, 0.0))),
        Kidnap("carried to another room", (4.7, -2.9, 155.0), covered_seconds=1.7),
        Drive(((3.4, -2.2), (3.1, -1.0), (2.6, 0.0), (2.3, 1.1), (2.0, 2.2), (2.2, 2.75), (x, y))),
        Wait(1.0),
        Turn(78.0),
        Kidnap("carried to the room that looks alike", (x + OFFICE_PITCH + 0.05, y - 0.05, yaw)),
        Wait(0.6),
        Turn(-108.0),
        Drive(
            (
                *((x + OFFICE_PITCH + 0.1, 2.3), (x + OFFICE_PITCH - 0.5, 1.7), (7.05, 1.0), (7.5, 0.1)),
                *((9.0, 0.0), (10.6, -0.2), (11.0, -1.2), (10.9, -2.2)),
            )
        ),
        Kidnap("camera covered, turned round", (10.9, -2.2, 60.0), covered_seconds=1.7),
        Drive(((12.2, -2.4), (13.0, -3.2))),
        Wait(0.8),
    )
    return follow(_START, steps, PACE)
