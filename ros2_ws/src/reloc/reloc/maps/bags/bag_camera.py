"""The camera of a bag's images, by its camera_info: of the raw image, or of the rectified one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from reloc.errors import BagError, CameraError
from reloc.geometry.cameras import Camera
from reloc.maps.bags import topics as bag_topics
from reloc.maps.bags.reader import BagReader
from reloc.maps.left_out import LeftOut
from reloc.maps.source import SourceOptions
from reloc.messages.camera_info import camera_of, tells_two_cameras
from reloc.messages.names import says_rectified


@dataclass(frozen=True, slots=True)
class BagCamera:
    """A camera, and what is to be said of it."""

    camera: Camera
    notes: tuple[str, ...]


def bag_camera(bag: BagReader, image_topic: str, size: tuple[int, int], options: SourceOptions) -> BagCamera:
    """The camera that most camera_info messages tell, checked against the images.

    Args:
        bag: the bag.
        image_topic: whose images they are.
        size: (width, height) of the images.
        options: ``rectified`` says which of the two cameras of a camera_info it is.

    Raises:
        CameraError: there is none, too many are bad, it is of another size, or it is not clear whether the images
            are rectified.
    """
    topic = bag_topics.camera_info_topic(bag.topics, image_topic, options.camera_info_topic)
    if topic is None:
        raise CameraError(f"{bag.path} has no camera_info. {bag_topics.listing(bag.topics)}", "Give --camera")
    rectified = _is_rectified(image_topic, options.rectified)
    left_out = LeftOut(f"messages on {topic}", options.max_bad)
    found: Counter[Camera] = Counter()
    known: dict[bytes, Camera | CameraError] = {}
    two_cameras = False
    for message in bag.messages([topic]):
        # The header apart (stamp, frame), cameras send the same bytes again and again.
        key = message.data[20 + int.from_bytes(message.data[12:16], "little") % 1024 :]
        if key not in known:
            try:
                info = bag.decode(message)
                two_cameras |= tells_two_cameras(info)
                known[key] = camera_of(info, rectified is True)
            except CameraError as error:
                at = f"{topic}, received at {message.received_ns} ns: {error.problem}"
                known[key] = CameraError(at, error.fix or "Calibrate the camera, or give --camera")
            except BagError as error:
                known[key] = CameraError(error.problem, error.fix)
        camera = known[key]
        if isinstance(camera, CameraError):
            left_out.add("that make no camera", camera)
        else:
            found[camera] += 1
    left_out.check(bag.topics[topic].count)
    if rectified is None and two_cameras:
        raise CameraError(
            f"Are the images on {image_topic} rectified? {topic} tells two cameras, K with the distortion D and P "
            "without, and the topic's name does not say which took them",
            "Say --rectified (P: such as image_proc's image_rect) or --no-rectified (K and D: as drivers send them)",
        )
    camera, count = found.most_common(1)[0]
    if (camera.width, camera.height) != size:
        raise CameraError(
            f"{topic} is of {camera.width} x {camera.height}, the images are {size[0]} x {size[1]}",
            "Calibrate for this size, or give --camera",
        )
    notes = [left_out.note(bag.topics[topic].count)]
    if len(found) > 1:
        notes.append(
            f"{topic} tells {len(found)} cameras; all images are taken as of the one that {count} messages tell"
        )
    if rectified and two_cameras:
        notes.append(f"images on {image_topic} are rectified: their camera is P of {topic}, without distortion")
    return BagCamera(camera, tuple(note for note in notes if note))


def _is_rectified(image_topic: str, told: str) -> bool | None:
    return says_rectified(image_topic) if told == "auto" else told == "yes"
