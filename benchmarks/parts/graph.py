"""Parts of the benchmarks of endurance and faults: real nodes, started by their console scripts, and a listener."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from geometry_msgs.msg import PoseStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node as RosNode
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import Image

from reloc_msgs.msg import Status
from reloc_node.conversions.poses import to_nanoseconds


class Node:
    """A process; its output goes to a file."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        self.name, self._log = name, folder / f"{name}.log"
        with self._log.open("ab") as out:
            self._popen = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """Exit status; None while it runs."""
        return self._popen.poll()

    @property
    def output(self) -> str:
        """Return the output of this process and of earlier ones with the same name."""
        return self._log.read_text(errors="replace")

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process and its children."""
        if self.returncode is None:
            os.killpg(self._popen.pid, number)

    def kill(self) -> None:
        """Kill the process at once, as the kernel does when memory is exhausted."""
        self.send(signal.SIGKILL)
        self._popen.wait(10)

    def stop(self) -> int:
        """Stop the process as Ctrl-C does; kill it if this takes too long."""
        for number in (signal.SIGCONT, signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            self.send(number)
            if number is signal.SIGCONT:
                continue
            try:
                return self._popen.wait(10)
            except subprocess.TimeoutExpired:
                continue
        return self._popen.wait(1)

    def usage(self) -> dict[str, float]:
        """Return memory in MB, threads and descriptors; NaN if the process has ended."""
        proc = Path("/proc") / str(self.pid)
        try:
            lines = (proc / "smaps_rollup").read_text().splitlines()
            sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines[1:] if line.endswith("kB")}
            threads, fds = len(list((proc / "task").iterdir())), len(list((proc / "fd").iterdir()))
        except OSError:
            return dict.fromkeys(("rss", "pss", "own", "threads", "fds"), float("nan"))
        return {"rss": sizes["Rss"], "pss": sizes["Pss"], "own": sizes["Anonymous"], "threads": threads, "fds": fds}


def start_node(executable: str, folder: Path, *, wrap: Sequence[str] = (), **parameters: object) -> Node:
    """Start ``map_server`` or ``localizer`` as a person does. ``wrap`` is a command in front of it."""
    found = shutil.which(executable, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if found is None:
        raise SystemExit(f"There is no {executable}: run `make setup`, and activate the environment")
    command = [*wrap, found, "--ros-args"]
    for name, value in parameters.items():
        command += ["-p", f"{name}:={str(value).lower() if isinstance(value, bool) else value}"]
    return Node(executable, command, folder)


class Ear:
    """Receive a localizer's messages in a separate thread."""

    def __init__(self, localizer: str = "localizer") -> None:
        self._node = RosNode("ear")
        self._localizer = localizer
        self._lock = threading.Lock()
        self._latencies: list[float] = []
        self.poses: list[tuple[float, PoseStamped]] = []  # time of arrival (monotonic) and message, of the newest 5000
        self.statuses: list[tuple[float, Status]] = []
        self._node.create_subscription(PoseStamped, f"{localizer}/pose", self._on_pose, 50)
        self._node.create_subscription(Status, f"{localizer}/status", self._on_status, 50)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        self._thread = threading.Thread(target=self._executor.spin, daemon=True)
        self._thread.start()

    def _on_pose(self, pose: PoseStamped) -> None:
        with self._lock:
            self._latencies.append((time.time_ns() - to_nanoseconds(pose.header.stamp)) * 1e-6)
            self.poses = [*self.poses[-5000:], (time.monotonic(), pose)]

    def _on_status(self, status: Status) -> None:
        with self._lock:
            self.statuses = [*self.statuses[-5000:], (time.monotonic(), status)]

    def take_latencies(self) -> list[float]:
        """Return the milliseconds from an image's stamp to its pose, for all poses since the last call."""
        with self._lock:
            taken, self._latencies = self._latencies, []
        return taken

    def wait_for_pose(self, timeout_s: float, after: float = 0.0) -> float:
        """Wait for a pose after a moment (monotonic). Return its time of arrival.

        Raises:
            SystemExit: no pose arrived.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if self.poses and self.poses[-1][0] > after:
                return self.poses[-1][0]
            time.sleep(0.02)
        last = self.statuses[-1][1] if self.statuses else None
        raise SystemExit(f"No pose in {timeout_s:g} s; the last status: {last and (last.reason, last.detail)}")

    def come_and_go(self) -> None:
        """Subscribe to all topics, and unsubscribe."""
        made = [
            self._node.create_subscription(PoseStamped, f"{self._localizer}/pose", _ignore, 10),
            self._node.create_subscription(Status, f"{self._localizer}/status", _ignore, 10),
            self._node.create_subscription(Image, f"{self._localizer}/debug_image", _ignore, qos_profile_sensor_data),
        ]
        time.sleep(0.2)
        for subscription in made:
            self._node.destroy_subscription(subscription)

    def close(self) -> None:
        """End."""
        self._executor.shutdown()
        self._thread.join(5)
        self._node.destroy_node()


def _ignore(message: object) -> None:
    """Ignore a message."""


class Changer:
    """Change the lifecycle state of nodes."""

    def __init__(self, nodes: Sequence[str]) -> None:
        self._node = RosNode("changer")
        self._clients = [self._node.create_client(ChangeState, f"{name}/change_state") for name in nodes]
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)

    def cycle(self) -> None:
        """Deactivate all nodes, then activate them."""
        for number in (Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_ACTIVATE):
            for client in self._clients:
                request = ChangeState.Request()
                request.transition.id = number
                self._executor.spin_until_future_complete(client.call_async(request), timeout_sec=10)


class Churn:
    """Repeat an action in a separate thread."""

    def __init__(self, every_s: float, do: Callable[[], None]) -> None:
        self._ended, self._every_s, self._do = threading.Event(), every_s, do
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            self._do()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        self._thread.join(20)
