"""Simulated time that jumps, and bags that begin again."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from parts.fault_scene import Row, scene
from parts.graph import Node
from support import bags
from support.tiny_world import CAMERA, query_poses, render

from reloc.maps.bags.writer import BagWriter, qos


def clock_jumps_forward() -> Row:
    """/clock jumps a minute ahead under use_sim_time."""
    return _jump("clock_jumps_forward", 60, "/clock jumps a minute ahead")


def clock_jumps_back() -> Row:
    """/clock jumps a minute back under use_sim_time."""
    return _jump("clock_jumps_back", -60, "/clock jumps a minute back")


def bag_loops() -> Row:
    """`reloc replay --loop` of a bag of four seconds: time jumps back at each end."""
    with scene(start=False) as s:
        s.camera.running = False
        bag = _write(s.folder / "bag", s.camera.truth)
        s.start_server()
        s.start_localizer(use_sim_time=True)
        command = [str(Path(sys.executable).parent / "reloc"), "replay", str(bag), "--loop", "--rate", "1"]
        s.nodes["replay"] = Node("replay", command, s.folder)
        s.until_right(0.0, 40.0)
        s.mark()
        time.sleep(10)  # two ends of the bag
        return s.row("bag_loops", "a bag of 4 s in a loop, three times", time.monotonic(), "map in use")


def _jump(name: str, seconds: int, done: str) -> Row:
    with scene(simulated=True) as s:
        since = s.mark()
        s.camera.offset_ns += seconds * 10**9
        return s.row(name, done, since, "map in use")


def _write(path: Path, truth: dict) -> Path:
    """Images, camera_info and odometry as the camera would send them."""
    poses = query_poses(8)
    with BagWriter(path, "mcap") as bag:
        kinds = (("/image", bags.IMAGE), ("/camera_info", bags.INFO), ("/tf", bags.TF), ("/tf_static", bags.TF))
        for topic, kind in kinds:
            bag.add_topic(topic, kind, [qos(latched=topic == "/tf_static")])
        import numpy as np

        bag.write("/tf_static", bags.at(0), bags.cdr(bags.tf(bags.at(0), "base_link", "camera", np.eye(4))))
        for i in range(20):
            stamp, pose = bags.at(0.2 * i), poses[min(i // 3, 7)]
            truth[stamp] = pose
            bag.write("/tf", stamp, bags.cdr(bags.tf(stamp, "odom", "base_link", pose)))
            info = bags.camera_info(stamp, "camera", CAMERA.width, CAMERA.height, CAMERA.fx)
            bag.write("/camera_info", stamp, bags.cdr(info))
            bag.write("/image", stamp, bags.cdr(bags.image(stamp, render(pose)[0], frame="camera")))
    return path
