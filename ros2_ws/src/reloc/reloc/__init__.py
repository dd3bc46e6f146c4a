"""reloc: where is this robot, and how sure are we, from one camera image.

The core library. It knows nothing of ROS; ``reloc_node`` wraps it in nodes.
"""

import os

__version__ = "0.1.0"

# OpenCV decodes images of up to 2**30 pixels, 3 GB, whatever sent them. It reads this variable when it is first
# imported; :mod:`reloc.images` goes by it, too. Whoever has larger images sets it.
LIMIT_VARIABLE = "OPENCV_IO_MAX_IMAGE_PIXELS"
DEFAULT_MOST_PIXELS = 2**26
os.environ.setdefault(LIMIT_VARIABLE, str(DEFAULT_MOST_PIXELS))
