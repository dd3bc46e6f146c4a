"""reloc: where is this robot, and how sure are we, from one camera image.

The core library. It knows nothing of ROS; ``reloc_node`` wraps it in nodes.
"""

__version__ = "0.1.0"
