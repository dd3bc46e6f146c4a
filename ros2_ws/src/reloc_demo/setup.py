"""Build reloc_demo with colcon (ament_python) or pip."""

from xml.etree import ElementTree

from setuptools import find_packages, setup

PACKAGE = "reloc_demo"

setup(
    name=PACKAGE,
    version=ElementTree.parse("package.xml").getroot().findtext("version"),
    packages=find_packages(include=[PACKAGE, f"{PACKAGE}.*"]),
    package_data={PACKAGE: ["report/*.j2"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{PACKAGE}"]),
        (f"share/{PACKAGE}", ["package.xml"]),
    ],
    install_requires=["setuptools", "panda3d", "rosbags", "matplotlib", "jinja2", "scipy", "numpy", "tqdm"],
    zip_safe=False,
    maintainer="reloc maintainers",
    maintainer_email="maintainers@reloc.invalid",
    description="The demo of reloc: a rendered house, a robot that is kidnapped in it, and a referee",
    license="Apache-2.0",
    python_requires=">=3.10",
    entry_points={
        "console_scripts": [
            "reloc-demo = reloc_demo.start:demo",
            "simulated_robot = reloc_demo.start:simulated_robot",
        ],
    },
)
