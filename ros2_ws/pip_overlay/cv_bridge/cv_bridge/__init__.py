"""Stand-in for the ``cv_bridge`` of a ROS install, for ROS from PyPI, which has none.

Same names and the same meaning for what it covers: ``CvBridge`` and ``CvBridgeError``. It leaves out
``cvtColorForDisplay``. Beside a ROS install it is never built: the real one is used.
"""

from cv_bridge.core import CvBridge
from cv_bridge.errors import CvBridgeError

__all__ = ["CvBridge", "CvBridgeError"]
