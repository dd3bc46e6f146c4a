"""Build reloc_node with colcon (ament_python) or pip."""

from glob import glob
from xml.etree import ElementTree

from setuptools import find_packages, setup

PACKAGE = "reloc_node"

setup(
    name=PACKAGE,
    version=ElementTree.parse("package.xml").getroot().findtext("version"),
    packages=find_packages(include=[PACKAGE, f"{PACKAGE}.*"]),
    package_data={PACKAGE: ["fastdds.xml"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (f"share/{PACKAGE}", ["package.xml"]),
        (f"share/{PACKAGE}/launch", glob("launch/*.launch.py")),
        (f"share/{PACKAGE}/params", glob("launch/params/*.yaml")),
        (f"share/{PACKAGE}/sros2", glob("launch/sros2/*.xml")),
        (f"share/{PACKAGE}/rviz", glob("launch/rviz/*.rviz")),
        (f"share/{PACKAGE}/foxglove", glob("launch/foxglove/*.json")),
    ],
    install_requires=["setuptools"],
    zip_safe=False,
    maintainer="reloc maintainers",
    maintainer_email="maintainers@reloc.invalid",
    description="ROS 2 nodes of reloc: a map server and a localizer",
    license="Apache-2.0",
    python_requires=">=3.10",
    entry_points={
        "console_scripts": [
            "reloc_map_server = reloc_node.start:map_server",
            "map_server = reloc_node.start:map_server",
            "localizer = reloc_node.start:localizer",
        ],
        "reloc.commands": [
            "replay = reloc_node.replay:register",
            "run = reloc_node.commands.run:register",
            "watch = reloc_node.commands.watch:register",
        ],
    },
)
