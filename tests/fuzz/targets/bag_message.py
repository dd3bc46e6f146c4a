"""Messages of a bag, byte for byte as they were recorded: decoded and made into images, cameras and transforms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
from support import bags

from fuzz.target import NotAnInput, Target
from reloc.geometry.cameras import Camera
from reloc.maps.bags.image_message import peek_header, to_rgb
from reloc.maps.bags.reader import BagMessage, BagReader
from reloc.maps.bags.tf_tree import TfTree, rigid


class BagMessages(Target):
    """An input is the type's name, a line end, and CDR."""

    name = "bag_message"

    def open(self, folder: Path) -> None:
        """A bag to decode by."""
        self._bag = BagReader(bags.write(folder / "bag", bags.ordered(bags.camera_part(1), bags.mount())))

    def seeds(self) -> Sequence[bytes]:
        """One of each type that is read."""
        png = cv2.imencode(".png", bags.pixels(0))[1].tobytes()
        pose = bags.world_from_base(0.5)
        wide = bags.pixels(1)[..., 0].astype("<u2") * 257
        made = (
            bags.image(5, bags.pixels(0)[:4, :6]), bags.image(5, wide[:4, :6], "mono16"),
            bags.image(5, bags.pixels(0)[:4, :6, :1], "bayer_rggb8"), bags.compressed(5, png), bags.camera_info(5),
            bags.tf(5, "map", "base_link", pose), bags.odometry(5, pose), bags.pose_stamped(5, pose),
            bags.pose_with_covariance(5, pose),
        )  # fmt: skip
        return [message.__msgtype__.encode() + b"\n" + bags.cdr(message) for message in made]

    def mutate(self, data: bytes, others: Sequence[bytes], random: object) -> bytes:
        """The type stays."""
        kind, _, content = data.partition(b"\n")
        return kind + b"\n" + super().mutate(content, [o.partition(b"\n")[2] for o in others[:9]], random)  # type: ignore[arg-type]

    def run(self, data: bytes) -> None:
        """Decode, convert."""
        kind, _, content = data.partition(b"\n")
        if kind.decode("latin1") not in bags.STORE.types:
            raise NotAnInput
        peek_header(content)
        message = self._bag.decode(BagMessage("/x", kind.decode(), 5, content))
        if hasattr(message, "data"):
            to_rgb(message, "a message")
        elif hasattr(message, "transforms"):
            TfTree().add(message, static=False)
        elif hasattr(message, "distortion_model"):
            _camera(message)
        else:
            pose = message.pose.pose if hasattr(message.pose, "pose") else message.pose
            rigid(pose.position, pose.orientation, "a pose")


def _camera(message: object) -> None:
    m, roi = message, message.roi  # type: ignore[attr-defined]
    Camera.from_camera_info(
        m.width, m.height, m.k.tolist(), m.d.tolist(), m.distortion_model,  # type: ignore[attr-defined]
        (m.binning_x, m.binning_y), (roi.x_offset, roi.y_offset, roi.width, roi.height),  # type: ignore[attr-defined]
    )  # fmt: skip


TARGET = BagMessages()
