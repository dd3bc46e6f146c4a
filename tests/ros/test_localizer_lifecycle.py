"""Lifecycle transitions, parameters, names, and simulated time."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rcl_interfaces.srv import DescribeParameters, SetParameters
from rclpy.parameter import Parameter
from std_srvs.srv import Empty
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot

from reloc_msgs.msg import Status
from reloc_node.conversions.poses import NANOSECONDS

START_NS = 1_000 * NANOSECONDS
NO_FIX = (Status.UNLOCALIZED, Status.RELOCALIZING)  # the first look, and those that confirm it


def call(robot: Robot, kind: type, name: str, request: object) -> object:
    client = robot.node.create_client(kind, name)
    assert robot.spin_until(client.service_is_ready)
    future = client.call_async(request)
    assert robot.spin_until(future.done)
    robot.node.destroy_client(client)
    return future.result()


def change(robot: Robot, transition: int, node: str = "localizer") -> bool:
    request = ChangeState.Request(transition=Transition(id=transition))
    return call(robot, ChangeState, f"{node}/change_state", request).success


def state(robot: Robot, node: str = "localizer") -> str:
    return call(robot, GetState, f"{node}/get_state", GetState.Request()).current_state.label


def set_parameter(robot: Robot, name: str, value: object, node: str = "localizer") -> object:
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    return call(robot, SetParameters, f"{node}/set_parameters", request).results[0]


def test_all_transitions_and_a_map_that_is_not_there(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    parameters = {"map": "/nowhere/at/all", "autostart": False}
    process = start_node(processes, "localizer", parameters=parameters, ready=None, cold=True)
    assert state(robot) == "unconfigured"
    assert not change(robot, Transition.TRANSITION_CONFIGURE)
    assert state(robot) == "unconfigured"
    process.wait_for("MapNotFoundError: No map at /nowhere/at/all")
    assert set_parameter(robot, "map", str(tiny_map)).successful
    assert change(robot, Transition.TRANSITION_CONFIGURE)
    assert state(robot) == "inactive"
    robot.send(0)
    robot.spin(0.3)
    assert not robot.statuses
    for _ in range(2):
        assert change(robot, Transition.TRANSITION_ACTIVATE)
        robot.connect()
        robot.localize(0)
        assert change(robot, Transition.TRANSITION_DEACTIVATE)
        robot.spin(0.2)
        robot.map_tf.clear()
        robot.spin(0.3)
        assert not robot.map_tf
    assert change(robot, Transition.TRANSITION_CLEANUP)
    assert state(robot) == "unconfigured"
    # Again, and another method's name that does not exist.
    assert set_parameter(robot, "localizer", "no_such_method").successful
    assert not change(robot, Transition.TRANSITION_CONFIGURE)
    process.wait_for("PluginError: Nothing in reloc.localizers is named 'no_such_method'")
    assert set_parameter(robot, "localizer", "features").successful
    assert change(robot, Transition.TRANSITION_CONFIGURE)
    assert change(robot, Transition.TRANSITION_ACTIVATE)
    robot.connect()
    robot.localize(1)
    assert change(robot, Transition.TRANSITION_ACTIVE_SHUTDOWN)
    assert state(robot) == "finalized"
    assert process.stop() == 0


def test_parameters_are_described_checked_and_refused_by_name(
    processes: Processes, tiny_map: Path, robot: Robot
) -> None:
    start_node(processes, "localizer", parameters={"map": tiny_map, "features.max_error_px": 3.5})
    request = DescribeParameters.Request(names=["tf_rate", "autostart", "features.max_error_px"])
    rate, autostart, error = call(robot, DescribeParameters, "localizer/describe_parameters", request).descriptors
    assert "map -> odom" in rate.description
    assert (rate.floating_point_range[0].from_value, rate.floating_point_range[0].to_value) == (1.0, 200.0)
    assert autostart.read_only
    assert error.additional_constraints.startswith("unit px")
    assert not set_parameter(robot, "tf_rate", 1e9).successful
    assert not set_parameter(robot, "autostart", False).successful
    refused = set_parameter(robot, "tf_mode", "sometimes")
    assert not refused.successful
    assert "tf, seed, none" in refused.reason
    refused = set_parameter(robot, "odom_frame", "")
    assert not refused.successful
    assert "map -> odom needs both" in refused.reason


@pytest.mark.parametrize(
    ("parameter", "says"),
    [
        ({"tf_mode": "sometimes"}, "tf, seed, none"),
        ({"tf_rate": "fast"}, "tf_rate"),
        ({"localizer": "x"}, "PluginError"),
    ],
)
def test_a_parameter_that_makes_no_sense_at_start_is_named(
    processes: Processes, parameter: dict[str, str], says: str
) -> None:
    process = start_node(processes, "localizer", parameters=parameter, ready=None, cold=says == "tf_rate")
    assert process.wait(30) == 1
    assert says in process.output
    assert "Traceback" not in process.output


def test_a_bad_map_is_named_and_a_good_one_taken_afterwards(
    processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path
) -> None:
    manifest = json.loads((tiny_map / "map.json").read_text())
    bad = {
        "MapVersionError": {"format_version": 99},
        "MapEmptyError": {"references": 0},
        "MapHashError": {"content_hash": "0" * 64},
        "MapIncompleteError": {"report": None},
    }
    process = start_node(processes, "localizer", parameters={"autostart": False}, ready=None)
    for error, changes in bad.items():
        folder = Path(shutil.copytree(tiny_map, tmp_path / error))
        (folder / "map.json").write_text(json.dumps(manifest | changes))
        assert set_parameter(robot, "map", str(folder)).successful
        assert not change(robot, Transition.TRANSITION_CONFIGURE)
        process.wait_for(f"{error}: ")
        assert state(robot) == "unconfigured"
    assert set_parameter(robot, "map", str(tiny_map)).successful
    assert change(robot, Transition.TRANSITION_CONFIGURE)
    assert change(robot, Transition.TRANSITION_ACTIVATE)
    robot.connect()
    robot.localize(0)
    assert "Traceback" not in process.output


def test_reinitialize_forgets_where_the_robot_was(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    robot.localize(0)
    call(robot, Empty, "reinitialize_global_localization", Empty.Request())
    robot.spin(0.2)
    robot.map_tf.clear()
    robot.spin(0.4)
    assert not robot.map_tf
    status = robot.ask(0)
    assert status.state in NO_FIX
    assert not status.accepted
    robot.localize(0)


def test_two_localizers_in_namespaces_with_remaps(
    processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot]
) -> None:
    """Two robots, each with its own topics and frames, one with the node and a topic renamed."""
    left, right = make_robot("left"), make_robot("right", localizer="eye")
    common = {"map": tiny_map, "tf_mode": "none"}
    start_node(processes, "localizer", parameters=common, remaps={"__ns": "/left"}, name="left")
    remaps = {"__ns": "/elsewhere", "__node": "eye", "image": "/right/image", "camera_info": "/right/camera_info"}
    remaps |= {f"/elsewhere/eye/{topic}": f"/right/eye/{topic}" for topic in ("pose", "status", "pose_with_covariance")}
    start_node(processes, "localizer", parameters=common, remaps=remaps, name="right")
    left.connect()
    right.connect()
    seen_left, seen_right = left.localize(0), right.localize(2)
    assert left.error_of(seen_left, 0)[0] < 0.02
    assert right.error_of(seen_right, 2)[0] < 0.02
    assert left.pose_of(seen_right) is None
    assert len({s.header.stamp.nanosec for s in left.statuses} & {s.header.stamp.nanosec for s in right.statuses}) == 0


def test_simulated_time_and_a_bag_that_begins_anew(
    processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot]
) -> None:
    robot = make_robot(start_ns=START_NS)
    start_node(processes, "localizer", parameters={"map": tiny_map, "use_sim_time": True})
    robot.connect()
    for round_ in range(2):
        status = robot.localize(0)
        assert robot.error_of(status, 0)[0] < 0.02
        assert 1000 <= status.header.stamp.sec < 1060
        assert abs(status.image_age) < 5
        for _ in range(5):
            robot.stamp_ns()
            robot.spin(0.05)
        assert robot.spin_until(lambda: bool(robot.map_tf))
        assert abs(robot.map_tf[-1].header.stamp.sec - 1000) < 60
        # Time goes back by more than the whole run: what was believed is of another time.
        robot.now_ns = START_NS
        robot.stamp_ns()
        robot.spin(0.3)
        robot.map_tf.clear()
        robot.statuses.clear()
        robot.poses.clear()
        first = robot.ask(0)
        assert first.state in NO_FIX, round_
