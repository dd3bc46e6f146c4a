"""Stand-in for ROS's ``cv_bridge``, for ROS from PyPI, which lacks it.

Names and meaning are those of ROS for what it covers: ``CvBridge`` and ``CvBridgeError``. It leaves out
``cvtColorForDisplay``. Beside a ROS install it is never built: the real one is used.
"""

from cv_bridge.core import CvBridge
from cv_bridge.errors import CvBridgeError

__all__ = ["CvBridge", "CvBridgeError"]
