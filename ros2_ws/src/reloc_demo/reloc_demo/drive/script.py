"""The two drives: one to make the map, one with the kidnaps."""

from __future__ import annotations

from reloc_demo.drive.motion import Drive, Kidnap, Pace, Step, Trajectory, Turn, Wait, follow
from reloc_demo.world.house import OFFICE_PITCH

MAPPING_PACE = Pace(speed=0.5, yaw_rate=0.8)
TOUR_PACE = Pace(speed=0.85, yaw_rate=1.3, acceleration=1.0)

_OFFICE_SPOT = (2.7, 2.9, 20.0)  # in office 1; kidnapped from here to the same spot, nearly, of office 2


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


def mapping_drive() -> Trajectory:
    """Through every room, with full turns, and along the corridor both ways."""
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
    return follow((1.0, 0.0, 0.0), steps, MAPPING_PACE)


def tour() -> Trajectory:
    """What the robot does in the demo: a drive through the house, with three kidnaps."""
    x, y, yaw = _OFFICE_SPOT
    steps: tuple[Step, ...] = (
        Wait(1.0),
        Drive(((12.6, 2.3), (12.3, 1.2), (11.9, 0.2), (10.6, 0.0), (9.4, 0.0))),
        Kidnap("carried to another room", (4.7, -2.9, 155.0), covered_seconds=2.0),
        Drive(((3.4, -2.2), (3.1, -1.0), (2.6, 0.0), (2.3, 1.1), (2.3, 2.2), (x, y))),
        Turn(-30),
        Kidnap("carried to the room that looks alike", (x + OFFICE_PITCH + 0.1, y - 0.08, yaw + 4.0)),
        Turn(-70),
        Drive(
            (
                (x + OFFICE_PITCH - 0.3, 2.0),
                (7.05, 1.2),
                (7.4, 0.1),
                (9.0, 0.0),
                (10.6, -0.2),
                (11.0, -1.2),
                (10.9, -2.2),
            )
        ),
        Kidnap("camera covered, turned round", (10.9, -2.2, 60.0), covered_seconds=2.5),
        Wait(0.5),
        Drive(((12.2, -2.4), (13.0, -3.2))),
        Wait(1.5),
    )
    return follow((13.6, 3.0, 190.0), steps, TOUR_PACE)
