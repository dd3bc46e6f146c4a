"""What the node costs beside the method: from publishing a 640 x 480 frame at 30 Hz to receiving its pose.

    python benchmarks/node_overhead.py                     # a small rendered world
    python benchmarks/node_overhead.py --map MAP --image IMAGE --fx 525.5

A camera, the localizer and this listener are processes of their own on a real ROS graph. Per answered frame:

    total     from just before `publish` in the camera's process to the pose's callback in this one
    pipeline  the method's stages and the gate, from ~/status
    wait      what the frame waited while the pipeline was busy with the one before it, from ~/status
    overhead  total - pipeline - wait: both transports, conversion or decoding, TF lookup, threads, publishing

Frames that come while the pipeline is busy are dropped for newer ones, by design: only answered ones count.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

from reloc.geometry.cameras import Camera
from reloc_msgs.msg import Status
from reloc_node import dds
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import to_nanoseconds, to_stamp, to_transform
from reloc_node.qos import sensor

WIDTH, HEIGHT = 640, 480
NODE_STAGES = ("wait", "convert", "tf")  # all others of ~/status are the pipeline's
ROOT = Path(__file__).resolve().parents[1]


def tiny_world(folder: Path) -> tuple[Path, Path, Camera]:
    """A map, an image (a file) and its camera from the tests' rendered world."""
    sys.path.insert(0, str(ROOT / "tests"))
    from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

    camera = CAMERA.scaled(WIDTH, HEIGHT)
    image = folder / "query.png"
    cv2.imwrite(str(image), render(query_poses()[1], camera)[0][..., ::-1])
    return build_tiny_map(folder, "depth"), image, camera


def message_of(image: np.ndarray, transport: str) -> Image | CompressedImage:
    """rgb8, or JPEG as image_transport makes it; ``image`` is BGR."""
    if transport == "compressed":
        jpeg = CompressedImage(format="rgb8; jpeg compressed bgr8")
        jpeg.data.frombytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
        return jpeg
    raw = Image(height=image.shape[0], width=image.shape[1], encoding="rgb8", step=3 * image.shape[1])
    raw.data.frombytes(np.ascontiguousarray(image[..., ::-1]).tobytes())
    return raw


def run_camera(image_file: Path, camera: Camera, transport: str, rate: float) -> None:
    """The camera's process: publish the same view for ever."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = Node("camera")
    image = message_of(cv2.imread(str(image_file)), transport)
    topic = "image/compressed" if transport == "compressed" else "image"
    images = node.create_publisher(type(image), topic, sensor(5))
    infos = node.create_publisher(CameraInfo, "camera_info", sensor(5))
    odometry, mounting = TransformBroadcaster(node), StaticTransformBroadcaster(node)
    mounting.sendTransform(to_transform(np.eye(4), "base_link", "camera", 0))
    info = from_camera(camera)
    image.header.frame_id = info.header.frame_id = "camera"
    next_time = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    while True:
        next_time += 1.0 / rate
        time.sleep(max(0.0, next_time - time.monotonic()))
        now_ns = time.time_ns()
        info.header.stamp = image.header.stamp = to_stamp(now_ns)
        images.publish(image)
        infos.publish(info)
        # Odometry of the image's very time: waiting for the next one would be the robot's cost, not the node's.
        odometry.sendTransform(to_transform(np.eye(4), "odom", "base_link", now_ns))


def listen(seconds: float, warm_up: int) -> tuple[dict[int, float], dict[int, Status]]:
    """Arrival (ns) of each pose, and each status, by the image's time; the first ``warm_up`` poses do not count."""
    node = Node("listener")
    arrived: dict[int, float] = {}
    statuses: dict[int, Status] = {}

    def on_pose(pose: PoseStamped) -> None:
        arrived[to_nanoseconds(pose.header.stamp)] = time.time_ns()

    def on_status(status: Status) -> None:
        statuses[to_nanoseconds(status.header.stamp)] = status

    node.create_subscription(PoseStamped, "localizer/pose", on_pose, 10)
    node.create_subscription(Status, "localizer/status", on_status, 10)
    deadline = time.monotonic() + 60
    while len(arrived) < warm_up:
        rclpy.spin_once(node, timeout_sec=0.1)
        if time.monotonic() > deadline:
            last = list(statuses.values())[-1:] or "no status"
            raise SystemExit(f"no poses in 60 s: {last}")
    arrived.clear()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        rclpy.spin_once(node, timeout_sec=0.1)
    node.destroy_node()
    return arrived, statuses


def measure(args: argparse.Namespace, map_path: Path, image: Path, camera: Camera, transport: str) -> dict[str, object]:
    """One run: milliseconds of each answered frame, by column."""
    localizer = [sys.executable, "-c", "from reloc_node.localizer_node import main; main()", "--ros-args"]
    localizer += ["-p", f"map:={map_path}", "-p", f"image_transport:={transport}", "--log-level", "warn"]
    this = [sys.executable, __file__, "--camera", json.dumps(camera.to_dict()), "--image", str(image)]
    this += ["--transport", transport, "--rate", str(args.rate)]
    running = [subprocess.Popen(localizer), subprocess.Popen(this)]
    try:
        arrived, statuses = listen(args.seconds, warm_up=30)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)
    rows = []
    for stamp_ns, arrival_ns in arrived.items():
        if stamp_ns not in statuses:
            continue
        stages = dict(zip(statuses[stamp_ns].stage_names, statuses[stamp_ns].stage_ms, strict=True))
        total = (arrival_ns - stamp_ns) * 1e-6
        pipeline = sum(value for name, value in stages.items() if name not in NODE_STAGES)
        rows.append(
            (total, pipeline, stages["wait"], total - pipeline - stages["wait"], stages["convert"], stages["tf"])
        )
    columns = np.array(rows).T
    names = ("total", "pipeline", "wait", "overhead", "convert", "tf")
    return {"answered": len(rows), **dict(zip(names, columns, strict=True))}


def main() -> None:
    """Print a table, and as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--map", type=Path, help="a map; default: a small rendered world")
    parser.add_argument("--image", type=Path, help="an image that is localized in that map")
    parser.add_argument("--fx", type=float, default=525.0, help="focal length of that image, pixels")
    parser.add_argument("--rate", type=float, default=30.0, help="frames a second")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to measure each transport")
    parser.add_argument("--transport", choices=("raw", "compressed"), help="only this one")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--camera", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.camera:
        run_camera(args.image, Camera.from_dict(json.loads(args.camera)), args.transport, args.rate)
        return
    os.environ.setdefault("ROS_DOMAIN_ID", str(60 + os.getpid() % 40))
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    dds.use_profile()  # inherited by the other two processes
    rclpy.init()
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        if args.map:
            size = cv2.imread(str(args.image)).shape
            camera = Camera(size[1], size[0], args.fx, args.fx, (size[1] - 1) / 2, (size[0] - 1) / 2)
            map_path, image = args.map, args.image
        else:
            map_path, image, camera = tiny_world(Path(folder))
        print(f"{camera.width} x {camera.height} at {args.rate:g} Hz, {args.seconds:g} s each; milliseconds, p50 / p99")
        print(f"{'':<11}{'answered':>9}" + "".join(f"{c:>16}" for c in ("total", "pipeline", "wait", "overhead")))
        for transport in (args.transport,) if args.transport else ("raw", "compressed"):
            found = measure(args, map_path, image, camera, transport)
            line, row = f"{transport:<11}{found.pop('answered'):>9}", {}
            for name, values in found.items():
                p50, p99 = np.percentile(values, (50, 99))
                row |= {f"{name}_p50_ms": float(p50), f"{name}_p99_ms": float(p99)}
                line += f"{f'{p50:.1f} / {p99:.1f}':>16}" if name not in ("convert", "tf") else ""
            print(line)
            figures[transport] = row
    rclpy.try_shutdown()
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
