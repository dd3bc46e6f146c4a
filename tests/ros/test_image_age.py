"""No image is looked at that waited longer than the camera takes to bring the next one."""

import time
from pathlib import Path

import pytest
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot

PERIOD_S = 0.02


@pytest.mark.parametrize(("given", "limit_s"), [(None, PERIOD_S), (10.0, 10.0)])
def test_what_waited_too_long_is_left(
    processes: Processes, tiny_map: Path, robot: Robot, given: float | None, limit_s: float
) -> None:
    """Images come in bursts of four; by the time that one is answered, the last has waited."""
    # All references are matched: a look must take far longer than an image's period, on a fast machine, too.
    parameters = {"map": tiny_map, "localizer": "sift_5pt", "sift_5pt.retrieval": "vlad", "sift_5pt.references": 12}
    start_node(processes, "localizer", parameters=parameters | ({"max_image_age": given} if given else {}))
    robot.connect()
    assert robot.ask(1).total_ms > 2 * PERIOD_S * 1e3  # slow enough for somebody to wait
    robot.statuses.clear()
    answered = 0
    for _ in range(30):  # a busy machine may let a whole burst wait
        before = len(robot.statuses)
        for _ in range(4):
            robot.send(1)
            time.sleep(PERIOD_S)
        answered += robot.spin_until(lambda before=before: len(robot.statuses) > before, 3.0)
        if answered == 8:
            break
        robot.spin(0.5)
    waits = [dict(zip(s.stage_names, s.stage_ms, strict=True))["wait"] * 1e-3 for s in robot.statuses]
    assert len(waits) >= 8  # the first of each burst
    assert max(waits) < limit_s * 1.5
    if given:
        assert max(waits) > PERIOD_S  # or the test would not show anything
