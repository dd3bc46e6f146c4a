"""The Docker files, as far as they can be checked without building: what they name is there."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

DOCKERFILES = ("Dockerfile.desktop", "Dockerfile.jetson")


def instructions(path: Path) -> list[tuple[str, str]]:
    """Instruction and arguments of each, lines that go on joined and comments left out."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def let_through(root: Path, path: str) -> bool:
    """Whether .dockerignore, which begins by leaving out everything, lets a path into the build."""
    patterns = (root / ".dockerignore").read_text().split()
    kept = [p[1:] for p in patterns if p.startswith("!")]
    return patterns[0] == "*" and any(fnmatch(path, p) or path.startswith(p + "/") for p in kept)


@pytest.mark.parametrize("name", DOCKERFILES)
def test_what_is_copied_is_there_and_not_ignored(root: Path, name: str) -> None:
    copied = [rest.split()[:-1] for word, rest in instructions(root / "docker" / name) if word == "COPY"]
    sources = [source for each in copied for source in each]
    assert "ros2_ws/src" in sources
    for source in sources:
        assert (root / source).exists(), source
        assert let_through(root, source), source


@pytest.mark.parametrize("name", DOCKERFILES)
def test_it_builds_the_workspace_with_the_real_tf2_and_cv_bridge(root: Path, name: str) -> None:
    steps = instructions(root / "docker" / name)
    assert next(word for word, _ in steps if word != "ARG") == "FROM"
    text = "\n".join(rest for _, rest in steps)
    assert "colcon build" in text
    assert "pip_overlay" not in text
    for package in ("ros-jazzy-cv-bridge", "ros-jazzy-tf2-ros-py"):
        assert package in text


@pytest.mark.parametrize("name", DOCKERFILES)
def test_what_it_starts_is_there(root: Path, name: str) -> None:
    steps = dict(instructions(root / "docker" / name))
    assert steps["ENTRYPOINT"] == '["/entrypoint.sh"]'
    assert (root / "docker" / "entrypoint.sh").stat().st_mode & 0o111
    package, launch_file = re.findall(r'"([^"]+)"', steps["CMD"])[2:4]
    assert (root / "ros2_ws" / "src" / package / "launch" / launch_file).is_file()


@pytest.mark.parametrize("name", DOCKERFILES)
def test_it_is_not_root_stops_in_order_and_says_how_it_is(root: Path, name: str) -> None:
    steps = instructions(root / "docker" / name)
    words = [word for word, _ in steps]
    assert words.index("USER") > max(i for i, word in enumerate(words) if word == "COPY")
    found = dict(steps)
    assert found["USER"] == "reloc"
    assert found["STOPSIGNAL"] == "SIGINT"
    assert '"watch", "--once"' in found["HEALTHCHECK"]
    assert "/home/reloc/.cache/reloc" in found["VOLUME"]


def test_compose_file_names_what_is_there(root: Path) -> None:
    compose = yaml.safe_load((root / "docker" / "compose.yaml").read_text())
    service = compose["services"]["reloc"]
    default = re.search(r":-(.+)\}", service["build"]["dockerfile"])
    assert default is not None
    context = (root / "docker" / service["build"]["context"]).resolve()
    assert context == root
    assert (context / default[1]).is_file()
    assert service["network_mode"] == "host"
    assert any(volume.endswith("/map:ro") for volume in service["volumes"])
    assert "map:=/map" in service["command"]
