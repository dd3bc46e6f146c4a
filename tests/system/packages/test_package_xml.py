"""What ROS's packages import is what their package.xml names, by rosdep's keys."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

# rosdep's keys of Python packages; ROS's own packages have their names for keys.
KEYS = {
    "PIL": "python3-pil",
    "cv2": "python3-opencv",
    "jinja2": "python3-jinja2",
    "matplotlib": "python3-matplotlib",
    "numpy": "python3-numpy",
    "scipy": "python3-scipy",
    "tqdm": "python3-tqdm",
    "yaml": "python3-yaml",
}
# rosdep has no key, and the pip line of docs/install.md brings them.
BY_PIP = {
    "faiss", "msgspec", "nacl", "onnx", "onnxruntime", "openvino", "poselib", "pycolmap", "rosbags", "threadpoolctl",
}  # fmt: skip
# These come with another one: Jinja2, rosbags, onnx.
COME_ALONG = {"markupsafe", "lz4", "ruamel", "google"}
# Nobody needs them to run the nodes; extras of the wheel, or the pages of their methods, say how they come.
OPTIONAL = {"cuda", "embreex", "panda3d", "ray", "tensorrt", "torch", "viser"}
PACKAGES = ("reloc", "reloc_node", "reloc_demo")


def imported(folder: Path) -> set[str]:
    """Return the top-level names of all packages that the files of a folder import."""
    found: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names)


def depends(source: Path, *tags: str) -> set[str]:
    """Return the keys of a package.xml."""
    root = ElementTree.parse(source / "package.xml").getroot()
    return {(element.text or "").strip() for tag in tags for element in root.findall(tag)}


@pytest.mark.parametrize("name", PACKAGES)
def test_it_names_what_the_code_imports_and_nothing_else(root: Path, name: str) -> None:
    source = root / "ros2_ws" / "src" / name
    used = imported(source / name) - {name}
    if name == "reloc_node":
        used |= imported(root / "launch") - {name}
    needed = {KEYS.get(module, module) for module in used - BY_PIP - COME_ALONG - OPTIONAL}
    assert depends(source, "exec_depend", "depend") == needed


def test_reloc_msgs_names_the_packages_of_its_fields(root: Path) -> None:
    source = root / "ros2_ws" / "src" / "reloc_msgs"
    fields = "\n".join(file.read_text() for kind in ("msg", "srv", "action") for file in source.glob(f"{kind}/*"))
    used = set(re.findall(r"^([a-z]\w*)/[A-Z]", fields, re.MULTILINE)) | {"action_msgs"}
    assert depends(source, "depend") == used
    found = set(re.findall(r"find_package\((\w+)", (source / "CMakeLists.txt").read_text()))
    assert used - found <= {"action_msgs"}  # rosidl asks for it by itself


@pytest.mark.parametrize("name", [*PACKAGES, "reloc_msgs"])
def test_it_is_whole_metadata_for_a_release(root: Path, name: str) -> None:
    package = ElementTree.parse(root / "ros2_ws" / "src" / name / "package.xml").getroot()
    for tag in ("name", "version", "description", "maintainer", "license"):
        assert (package.findtext(tag) or "").strip(), tag
    assert package.findtext("name") == name
    assert package.findtext("license") == "Apache-2.0"
