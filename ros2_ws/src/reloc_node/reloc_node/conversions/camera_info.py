"""Convert ``sensor_msgs/CameraInfo`` to a :class:`reloc.geometry.cameras.Camera`."""

from __future__ import annotations

from sensor_msgs.msg import CameraInfo

from reloc.datatypes import Lost, LostReason
from reloc.errors import CameraError
from reloc.geometry.cameras import Camera
from reloc.messages.camera_info import camera_of
from reloc.messages.names import says_rectified
from reloc_node.node_log import printable

SIDE_MOST = 1 << 20  # largest width and height, pixels
LONGEST = 500  # longest reason, in characters


class CameraInfoConverter:
    """Convert the newest message. A repeated calibration, which cameras send often, costs only a comparison."""

    def __init__(self) -> None:
        self._rectified = False
        self._message: CameraInfo | None = None
        self._camera: Camera | Lost = Lost(
            LostReason.NO_CAMERA_INFO,
            "No camera_info received yet: check that the camera publishes it and that the topic is remapped",
        )

    def expect(self, image_topic: str, rectified: bool) -> None:
        """Treat images as rectified if ``rectified`` is true, or if the topic's name (image_rect) says so."""
        self._rectified = rectified or says_rectified(image_topic) is True
        if self._message is not None:
            self._camera = to_camera(self._message, self._rectified)

    def update(self, message: CameraInfo) -> None:
        """Store a message."""
        if self._message is None or not _same(self._message, message):
            self._camera = to_camera(message, self._rectified)
            self._message = message

    def camera_for(self, width: int, height: int) -> Camera | Lost:
        """Return the camera for an image of that size; Lost if there is none, or if it is for another size."""
        camera = self._camera
        if isinstance(camera, Camera) and (camera.width, camera.height) != (width, height):
            return Lost(
                LostReason.CAMERA_MISMATCH,
                f"The image is {width} x {height}, but camera_info is for {camera.width} x {camera.height} "
                "(after binning and ROI)",
            )
        return camera


def to_camera(message: CameraInfo, rectified: bool = False) -> Camera | Lost:
    """Return the camera of the published image, with binning and region of interest applied (REP-104).

    With ``rectified``, it is the camera of the rectified image: P, without distortion.
    """
    if max(message.width, message.height) > SIDE_MOST:
        size = f"{message.width} x {message.height}"
        return Lost(
            LostReason.BAD_CAMERA_INFO, f"camera_info says {size}; no side may have more than {SIDE_MOST} pixels"
        )
    try:
        return camera_of(message, rectified)
    except CameraError as error:
        return Lost(LostReason.BAD_CAMERA_INFO, printable(str(error), LONGEST))
    except (ArithmeticError, ValueError, TypeError) as error:  # impossible numbers
        return Lost(
            LostReason.BAD_CAMERA_INFO, printable(f"The numbers of camera_info do not form a camera: {error}", LONGEST)
        )


def from_camera(camera: Camera) -> CameraInfo:
    """Return the message that :func:`to_camera` reads back as ``camera``. Its header is empty."""
    message = CameraInfo(width=camera.width, height=camera.height)
    message.distortion_model = camera.model.value if camera.distortion else "plumb_bob"
    message.d = list(camera.distortion) or [0.0] * 5
    message.k = [camera.fx, 0.0, camera.cx, 0.0, camera.fy, camera.cy, 0.0, 0.0, 1.0]
    message.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    message.p = [camera.fx, 0.0, camera.cx, 0.0, 0.0, camera.fy, camera.cy, 0.0, 0.0, 0.0, 1.0, 0.0]
    return message


def _same(a: CameraInfo, b: CameraInfo) -> bool:
    return (
        (a.width, a.height, a.distortion_model) == (b.width, b.height, b.distortion_model)
        and (a.binning_x, a.binning_y) == (b.binning_x, b.binning_y)
        and bool((a.k == b.k).all() and (a.p == b.p).all())
        and a.d == b.d
        and a.roi == b.roi
    )
