"""Errors of a lookup."""


class TransformException(Exception):
    """Base of all."""


class ConnectivityException(TransformException):
    """Both frames are known, but nothing connects them."""


class LookupException(TransformException):
    """A frame is unknown, or the tree has a loop."""


class ExtrapolationException(TransformException):
    """The time is before the oldest or after the newest data."""


class InvalidArgumentException(TransformException):
    """A frame's name is empty or begins with a slash."""


class TimeoutException(TransformException):
    """It took too long."""
