"""The scene of a fault: a map server, a localizer and a camera in a small rendered world, and the received messages."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import rclpy
from rclpy.node import Node as RosNode
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

from parts.graph import Ear, Node, start_node
from parts.live import ROOT, message_of, use_own_graph
from reloc.geometry import transforms
from reloc.maps.attachments import place
from reloc.trust.verdict import State
from reloc_msgs.msg import Status
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import from_pose, to_nanoseconds, to_stamp, to_transform
from reloc_node.qos import sensor

sys.path.insert(0, str(ROOT / "tests"))
from support.tiny_world import CAMERA, build_small_map, query_poses, render

RIGHT_M = 0.15  # a published pose nearer than this to the truth is right
INSIDE = "RELOC_FAULTS_INSIDE"  # set in a process that runs in a separate network namespace
RATE = 5.0  # images per second
BALLAST_MB = 24  # added to the map, so that fetching takes long enough for a fault
STATES = {getattr(Status, state.name): state.name for state in State}


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    done: str  # what was done
    state: str  # the localizer's states during the fault
    published: str  # number of poses during the fault, and of wrong ones
    until_right_s: float  # time from the end of the fault to the first right pose; NaN: never
    kept: str  # data that could have been lost, but was not
    problems: tuple[str, ...] = ()

    def text(self) -> str:
        """The row in Markdown."""
        until = "never" if np.isnan(self.until_right_s) else f"{self.until_right_s:.1f}"
        kept = "; ".join(f"**{_one_line(problem)}**" for problem in self.problems) or self.kept
        command = f"`python benchmarks/faults.py {self.name}`"
        return f"| {command} | {self.done} | {_one_line(self.state)} | {self.published} | {until} | {kept} |"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "/")


class Camera:
    """Publish images, camera_info and odometry from a thread; faults are switched on from outside."""

    def __init__(self, *, simulated: bool = False) -> None:
        self._node = RosNode("camera")
        self._images = self._node.create_publisher(Image, "image", sensor(5))
        self._infos = self._node.create_publisher(CameraInfo, "camera_info", sensor(5))
        self._clock = self._node.create_publisher(Clock, "/clock", 10) if simulated else None
        self._tf, self._static = TransformBroadcaster(self._node), StaticTransformBroadcaster(self._node)
        self._static.sendTransform(to_transform(np.eye(4), "base_link", "camera", 0))
        self._views = [(message_of(render(pose)[0], "raw"), pose) for pose in query_poses(8)]
        self.running, self.rate, self.copies = True, RATE, 1
        self.offset_ns = 0  # added to the images' stamps, and to the clock if it is simulated
        self.truth: dict[int, np.ndarray] = {}  # world_from_base by stamp
        self.sent = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def now_ns(self) -> int:
        """The time for stamps."""
        return time.time_ns() + self.offset_ns

    def _run(self) -> None:
        info = from_camera(CAMERA)
        info.header.frame_id = "camera"
        turn, due = 0, time.monotonic()
        while not self._ended.wait(0.01):
            if self._clock:
                self._clock.publish(Clock(clock=to_stamp(self.now_ns())))
            if not self.running or time.monotonic() < due:
                continue
            due = max(due + 1.0 / self.rate, time.monotonic() - 0.1)
            image, pose = self._views[_forth_and_back(turn // 3, len(self._views))]
            turn += 1
            stamp_ns = self.now_ns()
            self.truth[stamp_ns] = pose
            self._tf.sendTransform(to_transform(pose, "odom", "base_link", stamp_ns))
            info.header.stamp = image.header.stamp = to_stamp(stamp_ns)
            image.header.frame_id = "camera"
            for _ in range(self.copies):
                self._infos.publish(info)
                self._images.publish(image)
            self.sent += 1

    def close(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join(5)
        self._node.destroy_node()


def _forth_and_back(turn: int, count: int) -> int:
    order = [*range(count), *range(count - 2, 0, -1)]
    return order[turn % len(order)]


@dataclass
class Scene:
    """The whole scene. A fault begins with :meth:`mark` and ends with :meth:`row`."""

    folder: Path
    map_path: Path
    ear: Ear
    camera: Camera
    nodes: dict[str, Node] = field(default_factory=dict)
    begun: float = 0.0

    @property
    def cache(self) -> Path:
        """Folder of the localizer's maps."""
        return self.folder / "cache"

    def start_server(self, **parameters: object) -> Node:
        """Start the map server."""
        return self._keep(start_node("map_server", self.folder, **{"map": self.map_path, **parameters}))

    def start_localizer(self, name: str = "localizer", **parameters: object) -> Node:
        """Start the localizer, which fetches its map unless one is given."""
        return self._keep(start_node("localizer", self.folder, **{"map_cache": self.cache, **parameters}), name)

    def _keep(self, node: Node, name: str = "") -> Node:
        self.nodes[name or node.name] = node
        return node

    def mark(self) -> float:
        """Start the fault; return the time."""
        self.begun = time.monotonic()
        return self.begun

    def error_m(self, entry: tuple[float, object]) -> float:
        """Return a received pose's error in meters; infinity if its image was never sent."""
        pose = entry[1]
        truth = self.camera.truth.get(to_nanoseconds(pose.header.stamp))  # type: ignore[attr-defined]
        found = from_pose(pose.pose)  # type: ignore[attr-defined]
        return float("inf") if truth is None else transforms.distance_between(found, truth)

    def until_right(self, since: float, timeout_s: float = 40.0) -> float:
        """Return the seconds from a moment to the first right pose after it; NaN if none came."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for entry in [e for e in self.ear.poses if e[0] > since]:
                if self.error_m(entry) < RIGHT_M:
                    return entry[0] - since
            time.sleep(0.05)
        return float("nan")

    def wait_until(self, condition: object, timeout_s: float = 30.0) -> bool:
        """Wait for a condition; return whether it came true."""
        deadline = time.monotonic() + timeout_s
        while not condition():  # type: ignore[operator]
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def said(self) -> str:
        """Return the localizer's states since the fault began, each once, with its reason."""
        seen: dict[str, None] = {}
        for came, status in list(self.ear.statuses):
            if came > self.begun:
                reason = f" ({status.reason})" if status.reason else ""
                seen[STATES.get(status.state, "?") + reason] = None
        return ", ".join(seen) or "silent"

    def heard(self) -> str:
        """Return the number of poses since the fault began, and how many of them were wrong."""
        poses = [e for e in self.ear.poses if e[0] > self.begun]
        return f"{len(poses)} poses, {self.wrong(poses)} wrong"

    def wrong(self, poses: list | None = None) -> int:
        """Return the wrong poses."""
        return sum(self.error_m(e) >= RIGHT_M for e in (self.ear.poses if poses is None else poses))

    def row(
        self, name: str, done: str, since: float, kept: str, *problems: str, state: str = "", published: str = ""
    ) -> Row:
        """Return the row of a fault that was over at ``since``."""
        until = self.until_right(since)
        found = list(problems)
        if self.wrong():
            found.append(f"{self.wrong()} wrong poses")
        dead = [n for n, node in self.nodes.items() if node.returncode is not None]
        if dead:
            found.append(f"ended: {', '.join(f'{n} ({self.nodes[n].returncode})' for n in dead)}")
        if np.isnan(until):
            found.append(f"no right pose; the log ends: {self.nodes['localizer'].output.strip()[-300:]}")
        return Row(name, done, state or self.said(), published or self.heard(), until, kept, tuple(found))


@contextmanager
def scene(
    *, simulated: bool = False, start: bool = True, ballast: bool = False, **localizer: object
) -> Iterator[Scene]:
    """Make a scene; with ``start`` all processes run and the first right pose was received."""
    if not rclpy.ok():
        _begin()
    folder = Path(tempfile.mkdtemp(prefix="reloc-faults-"))
    made = Scene(folder, small_map(folder, ballast), Ear(), Camera(simulated=simulated))
    if simulated:
        localizer["use_sim_time"] = True
    try:
        if start:
            made.start_server()
            made.start_localizer(**localizer)
            if np.isnan(made.until_right(0.0, 60.0)):
                raise SystemExit(f"The localizer fails before the fault: {made.nodes['localizer'].output[-2000:]}")
        yield made
    finally:
        for node in reversed(made.nodes.values()):
            node.send(signal.SIGCONT)
            node.stop()
        made.camera.close()
        made.ear.close()
        shutil.rmtree(folder, ignore_errors=True)


def _begin() -> None:
    """Choose the ROS graph: inside a network namespace, its own graph by UDP; otherwise a separate domain."""
    if INSIDE not in os.environ:
        use_own_graph()
        return
    # The range LOCALHOST always uses shared memory, which cannot be cut.
    os.environ |= {"ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET", "ROS_STATIC_PEERS": "127.0.0.1"}
    os.environ["FASTDDS_BUILTIN_TRANSPORTS"] = "UDPv4"
    rclpy.init()


def small_map(folder: Path, ballast: bool = False) -> Path:
    """Make a map of the tiny world. With ``ballast``, it contains a big file."""
    path = folder / "small.map"
    build_small_map(path)
    if ballast:
        load = folder / "ballast"
        load.mkdir()
        (load / "ballast.bin").write_bytes(np.random.default_rng(0).bytes(BALLAST_MB << 20))
        place(path, "ballast", load)
    return path


def cached(folder: Path) -> list[Path]:
    """Return the complete maps in a cache."""
    return sorted(p for p in folder.glob("*") if len(p.name) == 64 and (p / "map.json").exists())


def is_root() -> bool:
    """Return whether mounts can be made without privileges."""
    return os.geteuid() == 0
