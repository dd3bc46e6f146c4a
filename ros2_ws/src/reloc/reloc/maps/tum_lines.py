"""Read TUM's form of a trajectory: ``stamp tx ty tz qx qy qz qw`` a line. All that read such files use this."""

from __future__ import annotations

from reloc.errors import SourceError
from reloc.maps.pose_input import from_quaternion
from reloc.maps.trajectory import StampedPose
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real_or_not_finite
from reloc.parsing.stamps import seconds_to_ns

TUM_COLUMNS = 8
FORM = "stamp tx ty tz qx qy qz qw"
_NS_DIGITS = 16  # a whole number of so many digits is nanoseconds: in seconds it would lie in a far future


def stamped_pose(line: str, where: str) -> StampedPose:
    """Return the pose of a line, world_from_body in meters; columns are separated by spaces or commas.

    Args:
        where: the file and the line's number, for errors.

    Raises:
        SourceError: the line does not have eight numbers.
        PoseError: they are not finite, or the quaternion's length is not 1.
    """
    words = line.replace(",", " ").split()
    blame = Blame(where, SourceError, f"A line is {FORM}")
    if len(words) != TUM_COLUMNS:
        raise blame.refuse(f"has {len(words)} columns: {shown(line)}; {TUM_COLUMNS} are expected")
    stamp = stamp_ns(words[0], blame.at("the stamp"))
    numbers = [real_or_not_finite(word, blame) for word in words[1:]]
    return StampedPose(stamp, from_quaternion(numbers[3:], numbers[:3], f"Pose at {stamp} ns in {where},"), where)


def stamp_ns(word: str, blame: Blame) -> int:
    """Return the nanoseconds of a stamp in seconds, or in nanoseconds, as ORB-SLAM3 writes it for EuRoC.

    Raises:
        RelocError: the error class of ``blame``; it is not a number, or too large.
    """
    whole = word.partition(".")[0]
    if len(whole) >= _NS_DIGITS and whole.isdecimal() and whole.isascii():
        return seconds_to_ns(f"{whole[:-9]}.{whole[-9:]}", blame)
    return seconds_to_ns(word, blame)
