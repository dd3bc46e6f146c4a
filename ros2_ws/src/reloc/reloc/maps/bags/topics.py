"""Find a bag's image, camera_info and pose topics. List the candidates if the choice is not clear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reloc.errors import BagError, BagPoseError
from reloc.maps.bags.image_message import COMPRESSED, IMAGE
from reloc.maps.bags.reader import BagTopic

CAMERA_INFO = "sensor_msgs/msg/CameraInfo"
TF = "tf2_msgs/msg/TFMessage"
ODOMETRY = "nav_msgs/msg/Odometry"
POSE_TYPES = (ODOMETRY, "geometry_msgs/msg/PoseStamped", "geometry_msgs/msg/PoseWithCovarianceStamped")
NOT_A_PATH = ("initialpose", "goal_pose", "move_base_simple/goal", "clicked_point")  # choices of the user

Topics = Mapping[str, BagTopic]


def image_topic(topics: Topics, told: str) -> str:
    """Return the given topic, or the only one with color images. Of raw and compressed images of one camera, raw is
    taken.

    Raises:
        BagError: there is no such topic, or several.
    """
    found = of_types(topics, (IMAGE, COMPRESSED))
    if told:
        return _told(found, told, "image topic", topics)
    found = [t for t in found if "depth" not in t.lower()]
    found = [t for t in found if not (t.endswith("/compressed") and t.removesuffix("/compressed") in found)]
    if len(found) != 1:
        raise BagError(
            f"{len(found) or 'No'} image topics: {', '.join(found)}"
            if found
            else f"The bag has no image topic. {listing(topics)}",
            "Choose one with --image-topic" if found else "Record the camera's images",
        )
    return found[0]


def camera_info_topic(topics: Topics, image: str, told: str) -> str | None:
    """Return the given topic, or the one beside the image topic, or the only one; None if there is none.

    Raises:
        BagError: the given topic does not exist, or several exist and none is beside the images.
    """
    found = of_types(topics, (CAMERA_INFO,))
    if told:
        return _told(found, told, "camera_info topic", topics)
    place = image.removesuffix("/compressed").rpartition("/")[0]
    for beside in (f"{place}/camera_info", f"{image.removesuffix('/compressed')}/camera_info"):
        if beside in found:
            return beside
    near = [topic for topic in found if _first(topic) in (_first(image), "")]
    if len(near) == 1:
        return near[0]
    if len(found) == 1 and not _is_another_robots(topics, found[0], image):
        return found[0]
    if found:
        raise BagError(f"No {place}/camera_info, but {', '.join(found)}", "Choose one with --camera-info-topic")
    return None


def pose_topics(topics: Topics, told: str, image: str = "") -> list[str]:
    """Topics that tell a path: the one told, or all that may be of the robot whose images they are.

    Raises:
        BagPoseError: the one told is not there or tells no poses, or all are another robot's.
    """
    found = of_types(topics, POSE_TYPES)
    if told and told not in found:
        raise BagPoseError(f"{told} tells no poses", f"Topics that do: {', '.join(found) or 'none'}. {listing(topics)}")
    if told:
        return [told]
    found = [t for t in found if not t.strip("/").endswith(NOT_A_PATH)]
    own = [t for t in found if not _is_another_robots(topics, t, image)]
    if found and not own:
        raise BagPoseError(
            f"{', '.join(found)} tell the poses of another robot than that of {image}, by their namespaces",
            "Choose one with --pose-topic where that is not so",
        )
    return own


def of_types(topics: Topics, types: Iterable[str]) -> list[str]:
    """Return the names of the topics of these types that have messages."""
    wanted = set(types)
    return sorted(name for name, topic in topics.items() if topic.type in wanted and topic.count > 0)


def listing(topics: Topics) -> str:
    """Return the topics of the bag as a sentence for messages."""
    lines = (f"{t.name} ({t.type}, {t.count})" for t in sorted(topics.values(), key=lambda t: t.name))
    return f"The bag has: {', '.join(lines) or 'nothing'}"


def _told(found: list[str], told: str, what: str, topics: Topics) -> str:
    name = told if told in found else "/" + told
    if name not in found:
        raise BagError(f"No {what} {told!r}", f"There are: {', '.join(found) or 'none'}. {listing(topics)}")
    return name


def _first(topic: str) -> str:
    """The outermost namespace of a topic; empty for a global one."""
    return topic.strip("/").partition("/")[0] if "/" in topic.strip("/") else ""


def _is_another_robots(topics: Topics, topic: str, image: str) -> bool:
    """Whether a topic lies in a namespace that has TF or cameras of its own, and not the images'."""
    space = _first(topic)
    if not image or not space or space == _first(image):
        return False
    of_a_robot = (TF, IMAGE, COMPRESSED) if topics[topic].type == CAMERA_INFO else (TF, IMAGE, COMPRESSED, CAMERA_INFO)
    return any(_first(name) == space for name in of_types(topics, of_a_robot))
