"""The Docker files, as far as they can be checked without building: what they name is there, users, signals, pins."""

from __future__ import annotations

import json
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

WITH_APT_ROS = ("Dockerfile.desktop", "Dockerfile.jetson")
DOCKERFILES = ("Dockerfile.cpu", *WITH_APT_ROS)
SCRIPTS = ("build_without_daemon.sh", "try_image.sh", "slim.sh", "entrypoint.sh")
Instructions = list[tuple[str, str]]


def instructions(path: Path) -> Instructions:
    """Instruction and arguments of each, lines that go on joined and comments left out."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def last_stage(steps: Instructions) -> Instructions:
    """The instructions of what becomes the image."""
    begin = max(i for i, (word, _) in enumerate(steps) if word == "FROM")
    return steps[begin:]


def let_through(root: Path, path: str) -> bool:
    """Whether .dockerignore, which begins by leaving out everything, lets a path into the build."""
    patterns = (root / ".dockerignore").read_text().split()
    kept = [p[1:] for p in patterns if p.startswith("!")]
    return patterns[0] == "*" and any(fnmatch(path, p) or path.startswith(p + "/") for p in kept)


@pytest.fixture(params=DOCKERFILES)
def dockerfile(request: pytest.FixtureRequest, root: Path) -> Path:
    return root / "docker" / request.param


@pytest.fixture
def steps(dockerfile: Path) -> Instructions:
    return instructions(dockerfile)


def test_what_is_copied_is_there_and_not_ignored(root: Path, steps: Instructions) -> None:
    copied = [rest.split()[:-1] for word, rest in steps if word == "COPY" and "--from=" not in rest]
    sources = [source for each in copied for source in each]
    assert any(source.startswith("ros2_ws") for source in sources)
    for source in sources:
        assert (root / source).exists(), source
        assert let_through(root, source), source


def test_what_is_copied_from_a_stage_was_made_there(steps: Instructions) -> None:
    stages = {rest.partition(" AS ")[2] for word, rest in steps if word == "FROM"}
    for word, rest in steps:
        if word == "COPY" and (stage := re.match(r"--from=(\S+)", rest)):
            assert stage[1] in stages


def test_every_base_is_pinned_by_digest(steps: Instructions) -> None:
    """By a tag that says which version it is, and by the digest that decides."""
    bases = [rest.partition(" AS ")[0] for word, rest in steps if word == "FROM"]
    assert bases
    arguments = dict(rest.partition("=")[::2] for word, rest in steps if word == "ARG")
    for base in bases:
        named = re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], base)
        assert re.fullmatch(r"[\w./-]+:[\w.-]*\w+[\w.-]*@sha256:[0-9a-f]{64}", named), named
        assert ":latest" not in named


def test_python_packages_have_exact_versions(root: Path, steps: Instructions) -> None:
    """On the command line of pip and in the files that it reads; numpy is that of the base."""
    words = [word for kind, rest in steps if kind == "RUN" for word in re.findall(r"pip3? install (.*?)(?:&&|$)", rest)]
    listed = {word for line in words for word in line.split() if not word.startswith(("-", "/", "http"))}
    files = {Path(word).name for line in words for word in line.split() if word.endswith(".txt")}
    for name in files:
        lines = (root / "requirements" / name).read_text().splitlines()
        listed |= {re.split(r"[;#]", line)[0].strip() for line in lines} - {""}
    built = {word for word in listed if re.search(r"@git\+https://\S+@[0-9a-f]{40}$", word)}
    assert {word for word in listed - built if "==" not in word} <= {"numpy<2"}


def test_it_is_not_root_stops_in_order_and_says_how_it_is(steps: Instructions) -> None:
    final = last_stage(steps)
    words = [word for word, _ in final]
    assert words.index("USER") > max(i for i, word in enumerate(words) if word in ("COPY", "RUN"))
    found = dict(final)
    assert found["USER"] == "reloc"
    assert found["STOPSIGNAL"] == "SIGINT"
    health = json.loads(found["HEALTHCHECK"].partition("CMD ")[2])
    assert health[-5:] == ["reloc", "watch", "--once", "--timeout", "15"]
    limit = re.search(r"--timeout=(\d+)s", found["HEALTHCHECK"])
    assert limit is not None
    assert int(limit[1]) > int(health[-1])  # the command itself says what is wrong before Docker ends it
    assert json.loads(found["VOLUME"]) == ["/maps", "/home/reloc/.cache/reloc"]


def test_its_commands_are_commands_of_reloc(steps: Instructions) -> None:
    """What runs by default and the health check, given to the real parser."""
    from reloc.cli.main import build_parser

    found = dict(last_stage(steps))
    health = json.loads(found["HEALTHCHECK"].partition("CMD ")[2])
    for command in (json.loads(found["CMD"]), health[health.index("reloc") :]):
        assert command[0] == "reloc"
        assert build_parser().parse_args(command[1:]).run is not None


@pytest.mark.parametrize("name", WITH_APT_ROS)
def test_it_builds_the_workspace_with_the_real_tf2_and_cv_bridge(root: Path, name: str) -> None:
    steps = instructions(root / "docker" / name)
    text = "\n".join(rest for _, rest in steps)
    assert "colcon build" in text
    assert "pip_overlay" not in text
    for package in ("ros-jazzy-cv-bridge", "ros-jazzy-tf2-ros-py"):
        assert package in text
    assert dict(steps)["ENTRYPOINT"] == '["/entrypoint.sh"]'


def test_what_is_uninstalled_was_installed(root: Path) -> None:
    """A name that is spelled in another way would stay in the image, with a warning of pip that nobody reads."""
    names = (root / "docker" / "not_needed_to_run.txt").read_text().splitlines()
    wanted = {name.lower().replace("_", "-") for name in names if not name.startswith("#")}
    locked = "".join((root / "requirements" / f"{group}.lock").read_text() for group in ("ros", "runtime"))
    assert wanted <= {*re.findall(r"^([a-z0-9-]+)==", locked, re.MULTILINE), "reloc-demo"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_run_and_can_be_read_by_bash(root: Path, name: str) -> None:
    script = root / "docker" / name
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", script], check=True)


def test_the_build_without_a_daemon_says_what_is_missing(root: Path, tmp_path: Path) -> None:
    """One line to install all of it, before anything is done."""
    for name in ("bash", "dirname", "id"):
        (tmp_path / name).symlink_to(Path("/usr/bin", name))
    command = [root / "docker" / "build_without_daemon.sh"]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert done.returncode == 1
    assert "sudo apt install -y debootstrap buildah" in done.stderr


def test_compose_file_names_what_is_there(root: Path) -> None:
    compose = yaml.safe_load((root / "docker" / "compose.yaml").read_text())
    service = compose["services"]["reloc"]
    kind = re.search(r"^docker/Dockerfile\.\$\{RELOC_KIND:-(.+)\}$", service["build"]["dockerfile"])
    assert kind is not None
    context = (root / "docker" / service["build"]["context"]).resolve()
    assert context == root
    assert (context / "docker" / f"Dockerfile.{kind[1]}").is_file()
    assert service["network_mode"] == "host"
    assert any(volume.endswith("/map:ro") for volume in service["volumes"])
    assert service["command"][:3] == ["reloc", "run", "/map"]
