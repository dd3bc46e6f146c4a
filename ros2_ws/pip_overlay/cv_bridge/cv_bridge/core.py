"""Convert between ROS image messages and OpenCV's arrays."""

from __future__ import annotations

import sys

import cv2
import numpy as np
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header

from cv_bridge.color import convert
from cv_bridge.encodings import of_array, parse
from cv_bridge.errors import CvBridgeError


class CvBridge:
    """Convert images. An array is (H, W) for one channel, else (H, W, channels)."""

    def imgmsg_to_cv2(self, img_msg: Image, desired_encoding: str = "passthrough") -> np.ndarray:
        """Return the message's image; without padding and conversion it shares the message's memory.

        Raises:
            CvBridgeError: the encoding is unknown, there are too few bytes, or the conversion is not possible.
        """
        encoding = parse(img_msg.encoding)
        dtype = np.dtype(encoding.dtype).newbyteorder(">" if img_msg.is_bigendian else "<")
        height, width, step, pixel = img_msg.height, img_msg.width, img_msg.step, dtype.itemsize * encoding.channels
        data = np.frombuffer(img_msg.data, np.uint8) if len(img_msg.data) else np.zeros(0, np.uint8)
        if step < width * pixel or data.size < height * step:
            raise CvBridgeError(
                f"Image is wrongly formed: {width} x {height} of {img_msg.encoding}, step {step}, {data.size} bytes;"
                f" it needs a step of at least {width * pixel} and {height} rows of it"
            )
        rows = data[: height * step].reshape(height, step)[:, : width * pixel]
        image = np.ascontiguousarray(rows).view(dtype)
        if encoding.channels > 1:
            image = image.reshape(height, width, encoding.channels)
        image = image.astype(dtype.newbyteorder("="), copy=False)
        return image if desired_encoding == "passthrough" else convert(image, img_msg.encoding, desired_encoding)

    def compressed_imgmsg_to_cv2(
        self, cmprs_img_msg: CompressedImage, desired_encoding: str = "passthrough"
    ) -> np.ndarray | None:
        """Return the decoded image as stored, colors as BGR; with an encoding, converted from bgr8 to it.

        As in the ROS package, gray images are not detected: only ``passthrough`` suits every file. It returns None if
        the data cannot be decoded.

        Raises:
            CvBridgeError: the conversion is not possible.
        """
        data = np.frombuffer(cmprs_img_msg.data, np.uint8) if len(cmprs_img_msg.data) else np.zeros(0, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
        if desired_encoding == "passthrough":
            return image
        if image is None:
            raise CvBridgeError(
                f"{data.size} bytes of format {cmprs_img_msg.format!r} are not an image that OpenCV can decode"
            )
        return convert(image, "bgr8", desired_encoding)

    def cv2_to_imgmsg(self, cvim: np.ndarray, encoding: str = "passthrough", header: Header | None = None) -> Image:
        """Return a message with a copy of the image. The encoding is checked, not converted to.

        Raises:
            CvBridgeError: the encoding does not match the array.
            TypeError: it is not an array.
        """
        _check_array(cvim)
        message = Image(height=cvim.shape[0], width=cvim.shape[1])
        if header is not None:
            message.header = header
        actual = of_array(cvim.dtype, 1 if cvim.ndim < 3 else cvim.shape[2])
        if encoding == "passthrough":
            message.encoding = actual
        else:
            wanted = parse(encoding)
            message.encoding = encoding
            if of_array(np.dtype(wanted.dtype), wanted.channels) != actual:
                raise CvBridgeError(f"encoding specified as {encoding}, but image has incompatible type {actual}")
        order = cvim.dtype.byteorder
        message.is_bigendian = int(order == ">" or (order == "=" and sys.byteorder == "big"))
        message.step = cvim.dtype.itemsize * int(np.prod(cvim.shape[1:]))
        message.data.frombytes(cvim.tobytes())
        return message

    def cv2_to_compressed_imgmsg(self, cvim: np.ndarray, dst_format: str = "jpg") -> CompressedImage:
        """Return a message with the image encoded as ``dst_format``: jpg, png, or another format that OpenCV writes.

        Raises:
            CvBridgeError: OpenCV cannot write that format, or not that array.
            TypeError: it is not an array.
        """
        _check_array(cvim)
        try:
            encoded = cv2.imencode("." + dst_format, cvim)[1]
        except cv2.error as error:
            raise CvBridgeError(f"{cvim.shape} {cvim.dtype} as {dst_format!r}: {error}") from error
        message = CompressedImage(format=dst_format)
        message.data.frombytes(encoded.tobytes())
        return message

    def encoding_to_dtype_with_channels(self, encoding: str) -> tuple[str, int]:
        """Return numpy type and number of channels, such as ``("uint8", 3)``."""
        parsed = parse(encoding)
        return parsed.dtype, parsed.channels

    def dtype_with_channels_to_cvtype2(self, dtype: np.dtype, n_channels: int) -> str:
        """Return the generic encoding, such as ``8UC3``."""
        return of_array(dtype, n_channels)


def _check_array(cvim: object) -> None:
    if not isinstance(cvim, np.ndarray):
        raise TypeError("Your input type is not a numpy array")
