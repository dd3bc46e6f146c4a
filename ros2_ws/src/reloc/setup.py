"""Install reloc, by pip or by colcon (ament_python)."""

from xml.etree import ElementTree

from setuptools import find_packages, setup

setup(
    name="reloc",
    version=ElementTree.parse("package.xml").getroot().findtext("version"),
    description="Visual relocalization for robots: where am I, and how sure are you?",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["reloc", "reloc.*"]),
    package_data={
        "reloc": ["py.typed", "shipped/*/*"],  # shipped links to models/ of the repository
        "reloc.estimators.acceptance.evidence": ["table.json"],
        "reloc.evaluation": ["templates/*"],
        "reloc.kidnap": ["templates/*"],
        "reloc.pages": ["templates/*"],
        "reloc.training": ["templates/*"],
    },
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/reloc"]),
        ("share/reloc", ["package.xml"]),
    ],
    install_requires=[
        "numpy",
        "opencv-python-headless>=4.8",
        "scipy",
        "faiss-cpu",
        "poselib",
        "threadpoolctl",
        "msgspec>=0.19",
        "tqdm",
        "jinja2",
        "matplotlib",
        "rosbags",
    ],
    extras_require={
        "build": ["pycolmap"],
        "signing": ["pynacl"],
        "networks": ["openvino", "onnxruntime", "onnx"],
        "synth": ["embreex"],
        "view": ["viser>=1.1,<2"],
    },
    entry_points={"console_scripts": ["reloc = reloc.start:main"]},
)
