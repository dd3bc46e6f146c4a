"""Relative pose estimators: one file each. A file's ``PLUGIN`` is a :class:`RelativePoseEstimator`."""

NOT_PLUGINS = ()
