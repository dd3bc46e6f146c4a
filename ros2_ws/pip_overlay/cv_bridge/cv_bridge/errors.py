"""Errors of a conversion."""


class CvBridgeError(TypeError):
    """The image cannot be converted. Catch ``TypeError``: some failures of the ROS package are plain ones."""
