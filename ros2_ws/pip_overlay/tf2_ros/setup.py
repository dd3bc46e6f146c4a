"""Install the stand-in for tf2_ros (pip only: a ROS install has the real one)."""

from setuptools import setup

setup(
    name="tf2_ros",
    version="0.1.0",
    description="Stand-in for the tf2_ros of a ROS install, for ROS from PyPI",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=["tf2_ros"],
)
