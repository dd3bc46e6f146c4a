"""Run the demo: start the processes, drive the tour, record it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from std_srvs.srv import Trigger

from reloc_demo.domain import own_domain
from reloc_demo.drive.tour import tour
from reloc_demo.processes import Processes
from reloc_demo.referee.recorder import Recorder, open_bag
from reloc_demo.show import Show

START_TIMEOUT = 60.0  # seconds for all nodes to start, and for the map to be fetched and read
FIRST_POSE_TIMEOUT = 15.0
PAGE_TIMEOUT = 60.0
SETTLE = 0.7  # seconds after the tour for the last answers to arrive


class NotReadyError(RuntimeError):
    """The nodes did not start in time."""


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run."""

    bag: Path
    start_ns: int  # time at which the tour began


def drive(
    reference_map: Path,
    out: Path,
    localizer: str,
    cache: Path,
    show: Show,
    short: bool = False,
    view_port: int | None = None,
) -> Run:
    """Start map server, localizer and robot, let the robot drive its tour, and record all of it.

    Args:
        short: whether to drive the short form of the tour.
        view_port: port of a page that shows the run; None shows none.

    Raises:
        ProcessDiedError: a node stopped unexpectedly.
        NotReadyError: the nodes did not start.
    """
    bag = out / "bag"
    with own_domain(), Processes(out / "logs") as processes, open_bag(bag) as writer:
        processes.start("map_server", "reloc_node.map_server_node", _parameters({"map": reference_map}))
        processes.start("localizer", "reloc_node.localizer_node", _localizer_arguments(localizer, cache))
        robot = _parameters({"short": str(short).lower()})
        processes.start("simulated_robot", "reloc_demo.simulated_robot_node", robot)
        if view_port is not None:
            _open_page(processes, view_port, show)
        # Without this, Ctrl-C would first end rclpy's context, and raise an interrupt or an error in a spin.
        rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
        try:
            node = Recorder(writer, show.status, show.event)
            executor = SingleThreadedExecutor()
            executor.add_node(node)

            def spin(until: Callable[[], bool], seconds: float) -> bool:
                deadline = time.monotonic() + seconds
                while not until() and time.monotonic() < deadline:
                    executor.spin_once(timeout_sec=0.05)
                    processes.check()
                return until()

            if not spin(lambda: show.map_loaded, START_TIMEOUT):
                raise NotReadyError(
                    f"The localizer has no map after {START_TIMEOUT:g} s ({show.trouble}); see {out / 'logs'}"
                )
            spin(lambda: show.localized, FIRST_POSE_TIMEOUT)
            start_ns = _start(node, spin)
            show.started()
            spin(lambda: False, tour(short).duration + SETTLE)
        finally:
            rclpy.try_shutdown()
            show.finished()
    return Run(bag, start_ns)


def _open_page(processes: Processes, port: int, show: Show) -> None:
    page = processes.start("watch", "reloc.cli.main", ["watch", "--node", "/localizer", "--port", str(port)])
    deadline = time.monotonic() + PAGE_TIMEOUT
    while "Open http" not in (said := page.tail()):
        processes.check()
        if time.monotonic() > deadline:
            raise NotReadyError(f"The page did not start within {PAGE_TIMEOUT:g} s; see {page.log}")
        time.sleep(0.1)
    for line in said.splitlines()[:2]:
        show.line(line)


def _start(node: Node, spin: Callable[[Callable[[], bool], float], bool]) -> int:
    client = node.create_client(Trigger, "/simulated_robot/start")
    if not spin(client.service_is_ready, 10.0):
        raise NotReadyError("The simulated robot does not offer ~/start")
    answer = client.call_async(Trigger.Request())
    if not spin(answer.done, 10.0):
        raise NotReadyError("The simulated robot does not answer ~/start")
    return int(answer.result().message)


def _localizer_arguments(localizer: str, cache: Path) -> list[str]:
    parameters = {
        "localizer": localizer,
        "tf_mode": "tf",
        "base_frame": "base_link",
        "odom_frame": "odom",
        "map_cache": cache / "fetched",
    }
    remaps = ["-r", "image:=/camera/image_raw", "-r", "camera_info:=/camera/camera_info"]
    return [*_parameters(parameters), *remaps]


def _parameters(values: dict[str, object]) -> list[str]:
    pairs = [("-p", f"{name}:={value}") for name, value in values.items()]
    return ["--ros-args", *(word for pair in pairs for word in pair)]
