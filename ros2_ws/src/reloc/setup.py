"""Install reloc, by pip or by colcon (ament_python)."""

from glob import glob
from pathlib import Path

from setuptools import find_packages, setup

# models/ links to that of the repository. pip, outside of a checkout, may lack it.
MODELS = [(f"share/reloc/{folder}", glob(f"{folder}/*")) for folder in glob("models/*") if Path(folder).is_dir()]

setup(
    name="reloc",
    version="0.1.0",
    description="Visual relocalization for robots: where am I, and how sure are you?",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["reloc", "reloc.*"]),
    package_data={
        "reloc": ["py.typed"],
        "reloc.estimators.acceptance.evidence": ["table.json"],
        "reloc.evaluation": ["templates/*"],
        "reloc.kidnap": ["templates/*"],
        "reloc.pages": ["templates/*"],
        "reloc.training": ["templates/*"],
    },
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/reloc"]),
        ("share/reloc", ["package.xml"]),
        *MODELS,
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
    },
    entry_points={"console_scripts": ["reloc = reloc.start:main"]},
)
