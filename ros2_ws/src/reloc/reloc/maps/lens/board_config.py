"""A printed ChArUco board, and how the lens is modeled."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate

_SIZES = ("4X4", "5X5", "6X6", "7X7")
DICTIONARIES = (
    *(f"{size}_{count}" for size in _SIZES for count in (50, 100, 250, 1000)),
    *("ARUCO_ORIGINAL", "APRILTAG_16h5", "APRILTAG_25h9", "APRILTAG_36h10", "APRILTAG_36h11"),
)


@dataclass(frozen=True, slots=True)
class BoardConfig:
    """What the images show."""

    columns: int = param(5, "The board has this many squares in a row.", ge=2, le=100)
    rows: int = param(7, "The board has this many rows of squares.", ge=2, le=100)
    square: float = param(
        0.04, "A square has this side. Only its ratio to a marker's changes the camera.", unit="m", ge=1e-4
    )
    marker: float = param(0.03, "A marker has this side.", unit="m", ge=1e-4)
    dictionary: str = param("5X5_100", "The markers are of this dictionary of OpenCV.", choices=DICTIONARIES)
    legacy: bool = param(
        False, "If true, the board was made by OpenCV before 4.6 and its first square is a marker's.", expert=True
    )
    lens: str = param(
        "plumb_bob",
        "The lens has this distortion. `none` fits none; `equidistant` is for fisheyes.",
        choices=("plumb_bob", "equidistant", "none"),
    )
    views: int = param(
        60,
        "At most this many images that show the board are used, evenly spread. Raising it costs time.",
        ge=4,
        le=1000,
    )

    def __post_init__(self) -> None:
        validate(self)
