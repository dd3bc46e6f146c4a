"""A robot carried while its odometry stands still: suspected, confirmed by looks, and map -> odom jumps once."""

from pathlib import Path

import numpy as np
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot, raw, view

from reloc.geometry.transforms import distance_between, inverse
from reloc_msgs.msg import Status
from reloc_node.conversions.poses import from_transform


def test_carried_while_odometry_says_nothing(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    # Slow machines take long between two looks; here LOST must not come before the third.
    patience = {"gate.lost_after_s": 30.0, "gate.look_window_s": 30.0}
    start_node(processes, "localizer", parameters={"map": tiny_map, **patience})
    robot.connect()
    robot.localize(0)
    robot.spin(0.3)
    there = robot.map_from_odom()
    robot.map_tf.clear()
    # Odometry goes on to say that the robot is at 0; the camera is at 2, more than half a metre away.
    statuses = [robot.ask(0, image=raw(view(2))) for _ in range(3)]
    assert [s.accepted for s in statuses] == [False, False, True]
    assert [s.state for s in statuses] == [Status.SUSPECT, Status.SUSPECT, Status.TRACKING]
    assert (statuses[0].reason, statuses[0].detail) == ("inconsistent", "Look 1 of 3 that must agree")
    robot.spin(0.5)
    assert robot.error_of(statuses[2], 2)[0] < 0.02
    carried = robot.world_from_base(2) @ inverse(robot.odom_from_base(0))
    assert distance_between(robot.map_from_odom(), carried) < 0.05
    # Everything sent is either of the two, and there is one way from one to the other.
    sent = [from_transform(t.transform) for t in robot.map_tf]
    is_new = [not np.allclose(pose, there, atol=1e-6) for pose in sent]
    assert is_new == sorted(is_new)
    assert len({pose.tobytes() for pose in sent}) == 2


def test_odometry_that_is_no_number_gives_no_pose(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start_node(processes, "localizer", parameters={"map": tiny_map, "tf_timeout": 0.02})
    robot.connect()
    robot.localize(0)
    bad = np.full((4, 4), np.nan)
    robot.odom_from_base = lambda index: bad  # type: ignore[method-assign]
    status = robot.ask(0)
    assert (status.accepted, status.reason) == (False, "no_tf")
    del robot.odom_from_base
    robot.localize(0)
