"""Make ``.venv``: install ROS 2 and reloc's dependencies, build its interfaces, install its packages as editable.

Called by ``setup.sh``, by any Python 3.11 to 3.13, with nothing but the standard library. Beside a ROS install (its
``setup.bash`` sourced, so that ROS_DISTRO is set and ``rclpy`` can be imported) that ROS is used: nothing of it comes
from PyPI, ``pip_overlay`` is not built, and the interfaces go to ``install/`` as for any workspace.

For images: ``--without-tests`` leaves out what only tests and lint need, ``--packages-only`` ends before anything of
reloc itself is built.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from step import StepFailedError, Steps, files, fingerprint

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
SOURCES = ROOT / "ros2_ws" / "src"
OVERLAY = ROOT / "ros2_ws" / "pip_overlay"
INSTALL = ROOT / "install"
REQUIREMENTS = ROOT / "requirements"
GROUPS = (
    ("base", "installers"),
    ("ros", "ROS 2 Jazzy"),
    ("runtime", "libraries"),
    ("view", "page in the browser"),
    ("dev", "test tools"),
)
PIP = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")


def main(arguments: list[str]) -> None:
    """Do what is not done yet."""
    options = parsed(arguments)
    start = time.monotonic()
    state = VENV / ".reloc"
    steps = Steps(state)
    beside_ros = has_ros()
    version = f"{sys.version_info.major}.{sys.version_info.minor} ros={beside_ros}"
    state.mkdir(parents=True, exist_ok=True)
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make demo` and `make test` may be started at the same time
        venv = steps.run("environment", fingerprint(version, str(ROOT)), lambda: make_venv(steps, beside_ros))
        if beside_ros:
            packages = steps.run(
                "packages beside ROS",
                fingerprint(venv, REQUIREMENTS / "beside_ros.txt", REQUIREMENTS / "with_apt_ros.txt"),
                lambda: steps.command([*PIP, "-r", REQUIREMENTS / "beside_ros.txt"]),
            )
        else:
            packages = install_packages(steps, venv, GROUPS[:-1] if options.without_tests else GROUPS)
            packages = steps.run(
                "fix the wheels' CMake files",
                fingerprint(packages, ROOT / "tools" / "cmake_paths.py"),
                lambda: steps.command([PYTHON, ROOT / "tools" / "cmake_paths.py"]),
            )
        if options.packages_only:
            return
        interfaces = [SOURCES / "reloc_msgs"] if beside_ros else [SOURCES / "reloc_msgs", OVERLAY / "tf2_msgs"]
        inputs = fingerprint(packages, *(file for folder in interfaces for file in files(folder)))
        steps.run("build the interfaces", inputs, lambda: build(steps, interfaces, beside_ros))
        own = python_packages(beside_ros)
        inputs = fingerprint(packages, *own_files(own))
        steps.run("reloc's own packages", inputs, lambda: install_own(steps, own))
    if steps.ran:
        print(f"reloc set-up: done in {time.monotonic() - start:.0f} s. Next: . .venv/bin/activate && reloc --help")


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options; there are none for a person's own set-up."""
    parser = argparse.ArgumentParser(prog="setup_env.py")
    parser.add_argument("--without-tests", action="store_true", help="leave out what only tests and lint need")
    parser.add_argument("--packages-only", action="store_true", help="install packages, build nothing of reloc")
    return parser.parse_args(arguments)


def has_ros() -> bool:
    """Return whether a ROS install is sourced. ROS from PyPI in the environment itself does not count."""
    if not os.environ.get("ROS_DISTRO") or not os.environ.get("AMENT_PREFIX_PATH"):
        return False
    return subprocess.run([sys.executable, "-c", "import rclpy, tf2_ros"], capture_output=True).returncode == 0


def make_venv(steps: Steps, beside_ros: bool) -> None:
    """Make an environment. With a ROS install, it includes the system's packages and sources reloc's interfaces."""
    if Path(sys.prefix) != VENV:
        # --clear, because the existing environment is broken, or belongs to another Python.
        see_system = ["--system-site-packages"] if beside_ros else []
        steps.command([sys.executable, "-m", "venv", "--clear", *see_system, VENV])
    if beside_ros:
        activate = VENV / "bin" / "activate"
        line = f'[ ! -f "{INSTALL}/local_setup.bash" ] || . "{INSTALL}/local_setup.bash"\n'
        if line not in activate.read_text():
            activate.write_text(activate.read_text() + line)


def install_packages(steps: Steps, venv: str, groups: tuple[tuple[str, str], ...]) -> str:
    """Groups of PyPI's packages: exactly the files that tools/lock.py noted, and nothing that only has their names."""
    done = venv
    for name, what in groups:
        locked = REQUIREMENTS / f"{name}.lock"
        command = [*PIP, "--no-deps", "--require-hashes", "-r", locked]
        done = steps.run(what, fingerprint(done, locked), lambda command=command: steps.command(command))
    return done


def build(steps: Steps, folders: list[Path], beside_ros: bool) -> None:
    """Build the interface packages with colcon, into the environment, or into ``install/`` beside a ROS install."""
    work = ROOT / "build" / "interfaces"
    base = INSTALL if beside_ros else VENV
    command = [
        "colcon" if beside_ros else VENV / "bin" / "colcon",
        "--log-base", work / "log", "build", "--base-paths", *folders, "--build-base", work,
        "--merge-install", "--install-base", base,
        "--cmake-args", f"-DPython3_EXECUTABLE={sys.executable if beside_ros else PYTHON}", "-DBUILD_TESTING=OFF",
    ]  # fmt: skip
    if beside_ros:
        steps.command(command)
        return
    path = f"{VENV / 'bin'}:{os.environ.get('PATH', '')}"
    # Set here, because colcon's own choice waits while the machine is busy.
    jobs = f"-j{os.cpu_count() or 1}"
    environment = {"AMENT_PREFIX_PATH": str(VENV), "CMAKE_PREFIX_PATH": str(VENV), "PATH": path, "MAKEFLAGS": jobs}
    steps.command(command, environment)


def python_packages(beside_ros: bool) -> list[Path]:
    """Return reloc's existing Python packages."""
    folders = [SOURCES / "reloc", SOURCES / "reloc_node", SOURCES / "reloc_demo"]
    if not beside_ros:
        folders += [OVERLAY / "tf2_ros", OVERLAY / "cv_bridge"]
    return [f for f in folders if (f / "setup.py").is_file()]


def own_files(packages: list[Path]) -> list[Path]:
    """Return the files that determine the installation: all except modules, which are used in place."""
    script = ROOT / "tools" / "install_data.py"
    return [script, *(f for package in packages for f in files(package, leave_out=(package.name, "test", "build")))]


def install_own(steps: Steps, packages: list[Path]) -> None:
    """Install the packages as editable; their launch and parameter files are copied."""
    editable = [word for package in packages for word in ("-e", str(package))]
    steps.command([*PIP, "--no-deps", "--no-build-isolation", *editable])
    for package in (p for p in packages if p.parent == SOURCES):
        steps.command([PYTHON, ROOT / "tools" / "install_data.py", package, VENV])
    for package in (p for p in packages if p.name in ("reloc_node", "reloc_demo")):
        link_executables(package.name)
    find_environment()


def link_executables(package: str) -> None:
    """Put a package's console scripts into ``lib/PACKAGE/`` of the prefix, where `ros2 run` and `ros2 launch`
    search.
    """
    code = (
        "import importlib.metadata as m, sys; "
        "print(*(e.name for e in m.distribution(sys.argv[1]).entry_points if e.group == 'console_scripts'))"
    )
    done = subprocess.run([PYTHON, "-c", code, package], capture_output=True, text=True, check=True)
    folder = VENV / "lib" / package
    folder.mkdir(parents=True, exist_ok=True)
    for name in done.stdout.split():
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(Path("..", "..", "bin", name))


def find_environment() -> None:
    """Make an activated environment a ROS prefix, also together with a ROS install."""
    activate = VENV / "bin" / "activate"
    line = 'export AMENT_PREFIX_PATH="$VIRTUAL_ENV${AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}"\n'
    if line not in activate.read_text():
        activate.write_text(activate.read_text() + line)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nreloc set-up: interrupted. Run it again to continue.")
    except StepFailedError as error:
        sys.exit(str(error))
