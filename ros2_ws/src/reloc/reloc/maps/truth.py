"""Whether the poses of a source can be compared with: odometry's drift, and answers in a map would seem wrong by it."""

from __future__ import annotations

from reloc.errors import SourceError
from reloc.maps.source import Source


def drift_note(odometry: str) -> str:
    """What is to be said of a map of poses in the frame ``odometry`` of odometry."""
    return (
        f"the poses are odometry's (frame {odometry}): they drift, and the map with them. Its frame is where that "
        "odometry began, not that of another map. For straight walls record map -> odom, too, from SLAM or AMCL"
    )


def check_truth(source: Source, accept_odometry: bool, use: str) -> None:
    """Refuse poses that are odometry's where answers are compared with them, unless they were asked for.

    Args:
        source: whose ``frames`` were read.
        accept_odometry: the option of that name.
        use: what compares with them, say "eval".

    Raises:
        SourceError: they are odometry's.
    """
    odometry = getattr(source, "odometry", "")
    if odometry and not accept_odometry:
        raise SourceError(
            f"The poses are odometry's (frame {odometry}): they drift, and are no truth for {use}; the bag has no "
            f"transform from a map's frame to {odometry}",
            "Record map -> odom, too, or name the map's frame with --world-frame or --pose-topic. To compare with "
            "odometry nevertheless, for a map of the same drive, say --accept-odometry",
        )
