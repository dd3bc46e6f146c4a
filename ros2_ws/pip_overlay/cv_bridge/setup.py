"""Install the stand-in for cv_bridge (pip only: a ROS install has the real one)."""

from setuptools import setup

setup(
    name="cv_bridge",
    version="0.1.0",
    description="Stand-in for the cv_bridge of a ROS install, for ROS from PyPI",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=["cv_bridge"],
)
