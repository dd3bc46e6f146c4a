"""The action ~/relocalize against a real localizer: how a goal goes, and how it can end."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from std_srvs.srv import Empty
from support.nodes import start_node
from support.processes import Processes
from support.relocalize import ABORTED, CANCELED, EXECUTING, SUCCEEDED, RelocalizeClient
from support.robot import Robot, raw, view
from support.ros_call import call
from support.tiny_world import CAMERA, query_poses, render
from tf2_ros import StaticTransformBroadcaster

from reloc.datatypes import Query
from reloc.engine import Engine
from reloc.evaluation.calibrate import CalibrateConfig, calibrate
from reloc.geometry.transforms import make, so3_exp
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.store import save
from reloc_msgs.action import Relocalize
from reloc_msgs.msg import Status
from reloc_node.conversions.poses import NANOSECONDS, to_transform

Result = Relocalize.Result
NO_WAY = [(100.0, 100.0), (101.0, 100.0), (101.0, 101.0)]
HOUSE = [(-10.0, -10.0), (10.0, -10.0), (10.0, 10.0), (-10.0, 10.0)]


@pytest.fixture
def client(processes: Processes, tiny_map: Path, robot: Robot) -> Iterator[RelocalizeClient]:
    start_node(processes, "localizer", parameters={"map": tiny_map, "relocalize.timeout": 20.0})
    robot.connect()
    client = RelocalizeClient(robot)
    yield client
    client.close()


@pytest.fixture(scope="module")
def calibrated_map(tiny_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny map, calibrated by its references and a drive beside them."""
    path = Path(shutil.copytree(tiny_map, tmp_path_factory.mktemp("calibrated") / "tiny.map"))
    engine = Engine.open(ReferenceMap.open(path), "features", {})
    drive = [(Query(render(pose)[0], CAMERA), pose) for pose in query_poses(48)]
    save(path, calibrate(engine, CalibrateConfig(made=1, hidden_every=100), drive))
    return path


def change(robot: Robot, transition: int) -> None:
    call(robot, ChangeState, "localizer/change_state", ChangeState.Request(transition=Transition(id=transition)))


def test_a_goal_starts_from_nothing_tells_of_each_look_and_gives_a_pose(client: RelocalizeClient, robot: Robot) -> None:
    robot.localize(0)
    assert robot.statuses[-1].state == Status.TRACKING
    asked = client.ask(corners=HOUSE)
    assert not asked.done
    result = asked.looked(2)
    assert (asked.status, result.outcome, result.success, result.reason) == (SUCCEEDED, Result.SUCCEEDED, True, "")
    # As many looks as a robot needs that was never anywhere, although it was tracking before.
    assert robot.spin_until(lambda: len(asked.feedback) == 3, 2.0)
    assert [f.looks for f in asked.feedback] == [1, 2, 3]
    assert [f.state for f in asked.feedback] == [Status.RELOCALIZING] * 2 + [Status.TRACKING]
    assert [f.last_reason for f in asked.feedback] == ["inconsistent", "inconsistent", ""]
    assert [f.candidates for f in asked.feedback] == [1, 1, 1]
    elapsed = [f.elapsed.sec + f.elapsed.nanosec / NANOSECONDS for f in asked.feedback]
    assert 0 < elapsed[0] < elapsed[1] < elapsed[2] < 15
    truth = robot.world_from_base(2)[:3, 3]
    for message in (asked.feedback[0].best_pose.pose, result.pose.pose.pose):
        position = message.position
        assert np.linalg.norm(np.array([position.x, position.y, position.z]) - truth) < 0.02
    assert asked.feedback[0].has_best
    assert result.pose.header.frame_id == "map"
    assert np.linalg.eigvalsh(np.asarray(result.pose.pose.covariance).reshape(6, 6)).min() > 0
    assert result.evidence.accepted
    assert result.evidence.inliers > 20
    assert result.evidence.reference_names
    assert result.evidence.header.stamp == result.pose.header.stamp
    # Afterwards it tracks on as ever.
    assert robot.ask(2).accepted


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"certainty": float("nan")}, "required_certainty is nan"),
        ({"certainty": -0.1}, "required_certainty is -0.1"),
        ({"certainty": 1.0}, "which is impossible"),
        ({"certainty": float("inf")}, "required_certainty is inf"),
        ({"seconds": -1.0}, "timeout is -1 s"),
        ({"corners": [(0.0, 0.0), (float("nan"), 0.0), (1.0, 1.0)]}, "not finite"),
        ({"corners": [(float("inf"), 0.0)]}, "not finite"),
        ({"corners": [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0)]}, "one line"),
        ({"corners": HOUSE, "frame": "narnia"}, "'narnia'"),
    ],
)
def test_goals_that_make_no_sense_are_answered_with_what_is_wrong(
    client: RelocalizeClient, robot: Robot, wanted: dict, says: str
) -> None:
    robot.localize(0)
    asked = client.ask(**wanted)
    result = asked.result()
    assert (asked.status, result.outcome, result.success) == (ABORTED, Result.INVALID_GOAL, False)
    assert says in result.reason
    assert robot.ask(0).state == Status.TRACKING  # and nothing was forgotten for it


def test_a_place_outside_of_the_region_and_a_region_in_another_frame(client: RelocalizeClient, robot: Robot) -> None:
    asked = client.ask(corners=NO_WAY)
    result = asked.looked(1)
    assert (asked.status, result.outcome) == (ABORTED, Result.OUTSIDE_REGION)
    x, y = robot.world_from_base(1)[:2, 3]
    assert f"x {x:.1f}" in result.reason
    assert result.pose.header.frame_id == ""  # only to be used on success, so there is none
    assert result.evidence.accepted
    # A square metre about where the robot is, in a frame that is turned and far away.
    map_from_site = make(so3_exp([0, 0, 1.0]), [500.0, -300.0, 0.0])
    broadcaster = StaticTransformBroadcaster(robot.node)
    broadcaster.sendTransform(to_transform(map_from_site, "map", "site", 0))
    robot.spin(0.5)
    near = [(x + dx, y + dy) for dx, dy in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5))]
    in_site = [(np.linalg.inv(map_from_site) @ [*corner, 0.0, 1.0])[:2] for corner in near]
    assert client.ask(corners=in_site, frame="site").looked(1).outcome == Result.SUCCEEDED
    assert client.ask(corners=near, frame="site").looked(1).outcome == Result.OUTSIDE_REGION


def test_time_runs_out_with_no_images_with_useless_ones_and_with_dark_ones(
    client: RelocalizeClient, robot: Robot
) -> None:
    asked = client.ask(1.0)
    result = asked.result(5.0)
    assert (asked.status, result.outcome) == (ABORTED, Result.NO_IMAGES)
    assert "No image arrived in 1 s" in result.reason
    assert not asked.feedback

    asked = client.ask(2.0)
    robot.ask(0, with_info=False)
    result = asked.result(5.0)
    assert result.outcome == Result.NO_IMAGES
    assert "no_camera_info" in result.reason

    asked = client.ask(2.0)
    robot.ask(0, image=raw(np.zeros_like(view(0))))
    result = asked.result(5.0)
    assert result.outcome == Result.TIMED_OUT
    assert "too_few_features" in result.reason
    assert result.evidence.reason == "too_few_features"
    assert asked.feedback[0].last_reason == "too_few_features"
    assert not asked.feedback[0].has_best
    robot.localize(0)


def test_cancelled_and_asked_again(client: RelocalizeClient, robot: Robot) -> None:
    asked = client.ask()
    robot.ask(0)
    assert robot.spin_until(lambda: asked.handle.status == EXECUTING, 5.0)
    assert asked.cancel()
    result = asked.result()
    assert (asked.status, result.outcome, result.success) == (CANCELED, Result.CANCELLED, False)
    assert not asked.cancel()  # it is over
    assert client.ask().looked(0).success


def test_a_second_goal_takes_the_first_ones_place_but_not_if_it_makes_no_sense(
    client: RelocalizeClient, robot: Robot
) -> None:
    first = client.ask()
    robot.ask(0)
    assert client.ask(certainty=2.0).result().outcome == Result.INVALID_GOAL
    assert not first.done
    second = client.ask()
    result = first.result()
    assert (first.status, result.outcome) == (ABORTED, Result.SUPERSEDED)
    assert second.looked(0).success
    assert robot.spin_until(lambda: [f.looks for f in second.feedback] == [1, 2, 3], 2.0)


def test_certainty_of_a_map_that_was_not_calibrated_cannot_be_had(client: RelocalizeClient, robot: Robot) -> None:
    result = client.ask(certainty=0.9).result()  # without a single look
    assert result.outcome == Result.NOT_CALIBRATED
    assert "reloc map calibrate MAP --localizer features" in result.reason
    assert result.certainty == 0


def test_as_sure_as_asked_in_a_calibrated_map(processes: Processes, calibrated_map: Path, robot: Robot) -> None:
    start_node(processes, "localizer", parameters={"map": calibrated_map, "gate.look_window_s": 60.0})
    robot.connect()
    client = RelocalizeClient(robot)
    looks = []
    for certainty in (0.0, 0.9, 0.99999):
        asked = client.ask(certainty=certainty)
        result = asked.looked(1)
        assert (asked.status, result.outcome) == (SUCCEEDED, Result.SUCCEEDED), result.reason
        assert 0.5 < result.evidence.probability < 1
        assert max(certainty, 0.999) - 1e-6 <= result.certainty < 1
        assert robot.spin_until(lambda asked=asked: asked.feedback[-1].state == Status.TRACKING, 2.0)
        surer = [f.best_certainty for f in asked.feedback]
        assert surer == sorted(surer)
        assert surer[0] == pytest.approx(result.evidence.probability, abs=1e-3)
        looks.append(len(asked.feedback))
    assert looks[0] == looks[1] < looks[2]
    assert robot.ask(1).certainty == pytest.approx(0.99999, abs=1e-6)  # tracked since
    client.close()


def test_a_calibration_that_is_not_to_be_used(processes: Processes, calibrated_map: Path, robot: Robot) -> None:
    start_node(processes, "localizer", parameters={"map": calibrated_map, "calibration": False})
    robot.connect()
    client = RelocalizeClient(robot)
    assert client.ask(certainty=0.9).result().outcome == Result.NOT_CALIBRATED
    assert client.ask().looked(1).evidence.probability == 0
    client.close()


def test_deactivated_in_the_middle_and_asked_while_inactive(client: RelocalizeClient, robot: Robot) -> None:
    asked = client.ask()
    robot.ask(0)
    change(robot, Transition.TRANSITION_DEACTIVATE)
    result = asked.result()
    assert (asked.status, result.outcome) == (ABORTED, Result.STOPPED)
    assert "deactivated" in result.reason
    result = client.ask().result()
    assert result.outcome == Result.STOPPED
    assert "activate it" in result.reason
    change(robot, Transition.TRANSITION_ACTIVATE)
    robot.connect()
    assert client.ask().looked(0).success


def test_reinitialized_in_the_middle_it_begins_anew_and_goes_on(client: RelocalizeClient, robot: Robot) -> None:
    asked = client.ask()
    robot.ask(0)
    robot.ask(0)
    call(robot, Empty, "reinitialize_global_localization", Empty.Request())
    assert not asked.done
    assert asked.looked(0).success
    assert robot.spin_until(lambda: len(asked.feedback) == 5, 2.0)
    states = [f.state for f in asked.feedback]
    assert states == [Status.RELOCALIZING] * 4 + [Status.TRACKING]


def test_without_a_map(processes: Processes, robot: Robot) -> None:
    start_node(processes, "localizer")
    robot.connect()
    client = RelocalizeClient(robot)
    asked = client.ask()
    result = asked.result()
    assert (asked.status, result.outcome) == (ABORTED, Result.NO_MAP)
    assert "no map_info received yet" in result.reason
    client.close()


def test_the_process_ends_in_the_middle_of_a_goal(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    client = RelocalizeClient(robot)
    client.ask()
    robot.ask(0)
    assert process.stop() == 0
    assert "Traceback" not in process.output
    client.close()
