"""The image messages of a bag by their stamps: each once, and in the order in which they were taken."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.errors import BagError, BagTimeError, MapEmptyError
from reloc.maps.bags.image_message import peek_header
from reloc.maps.bags.reader import BagReader
from reloc.maps.left_out import LeftOut, longest_rising
from reloc.messages.names import frame_name


@dataclass(frozen=True, slots=True)
class ImageStamp:
    """One image message: where it is in the bag, and when it was taken."""

    received_ns: int
    stamp_ns: int
    frame: str


def image_stamps(bag: BagReader, topic: str, max_bad: float) -> tuple[list[ImageStamp], str]:
    """The images of a topic, and one line on those that are left out; empty where none is.

    An image whose stamp stands twice, or steps back, is left out: the fewest that leave all stamps rising.

    Raises:
        MapEmptyError: there is none.
        BagTimeError: too many stamps do not rise.
        BagError: too many messages are damaged.
    """
    left_out = LeftOut(f"images on {topic}", max_bad)
    found: list[ImageStamp] = []
    total = 0
    for message in bag.messages([topic]):
        total += 1
        try:
            stamp, frame = peek_header(message.data)
        except BagError as error:
            problem = f"The image on {topic} received at {message.received_ns} ns: {error.problem}"
            left_out.add("damaged", BagError(problem, error.fix))
            continue
        found.append(ImageStamp(message.received_ns, stamp, frame_name(frame)))
    if not total:
        raise MapEmptyError(f"{bag.path} has no image on {topic}")
    rising = longest_rising([image.stamp_ns for image in found])
    kept = {found[i].stamp_ns for i in rising}
    for i in sorted(set(range(len(found))) - set(rising)):
        twice = found[i].stamp_ns in kept
        before = found[i - 1] if i else found[1]
        what = "stands twice" if twice else f"does not fit beside {before.stamp_ns} ns, which was received next to it"
        left_out.add(
            "of a stamp twice" if twice else "of a stamp out of order",
            BagTimeError(
                f"The image on {topic} at {found[i].stamp_ns} ns (message {i + 1}) {what}",
                "The camera's clock must run on. Record each drive in its own bag",
            ),
        )
    left_out.check(total)
    return [found[i] for i in rising], left_out.note(total)
