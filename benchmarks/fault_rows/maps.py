"""Maps that change while they are in use."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import rclpy
from parts.fault_scene import Row, cached, scene
from parts.graph import Node
from rclpy.node import Node as RosNode
from support.tiny_world import build_small_map

from reloc_msgs.srv import LoadMap


def map_replaced() -> Row:
    """The server loads another map of the place: the localizer takes it over."""
    with scene() as s:
        other = s.folder / "other.map"
        build_small_map(other, 10)
        before = cached(s.cache)
        node = RosNode("caller")
        client = node.create_client(LoadMap, "/reloc_map_server/load_map")
        client.wait_for_service(10)
        s.mark()
        future = client.call_async(LoadMap.Request(path=str(other)))
        rclpy.spin_until_future_complete(node, future, timeout_sec=15)
        came = s.wait_until(lambda: any(p not in before for p in cached(s.cache)))
        s.wait_until(lambda: s.nodes["localizer"].output.count("Ready:") > 1)
        since = time.monotonic()
        node.destroy_node()
        problems = () if came and future.result() and future.result().success else ("the other map did not come",)
        return s.row("map_replaced", "the server loads another map", since, "both maps in the cache", *problems)


def map_overwritten() -> Row:
    """Another map is copied over the one in use, file by file, as `cp -r` does; then the first one again."""
    with scene(start=False) as s:
        other, spare = s.folder / "other.map", s.folder / "spare.map"
        build_small_map(other, 10)
        shutil.copytree(s.map_path, spare)
        s.start_localizer(map=s.map_path)
        s.until_right(0.0)
        s.mark()
        shutil.copytree(other, s.map_path, dirs_exist_ok=True)
        time.sleep(5)
        shutil.copytree(spare, s.map_path, dirs_exist_ok=True)
        return s.row(
            "map_overwritten",
            "another map copied over the one in use, and back after 5 s",
            time.monotonic(),
            "the process",
        )


def map_truncated() -> Row:
    """Every array of the map in use is cut to 5,000 bytes; then all is put back."""
    with scene(start=False) as s:
        spare = s.folder / "spare.map"
        shutil.copytree(s.map_path, spare)
        s.start_localizer(map=s.map_path)
        s.until_right(0.0)
        s.mark()
        for file in (s.map_path / "compiled").rglob("*.npy"):
            with file.open("r+b") as stream:
                stream.truncate(min(5000, file.stat().st_size))
        time.sleep(5)
        shutil.copytree(spare, s.map_path, dirs_exist_ok=True)
        return s.row(
            "map_truncated", "arrays of the map in use cut off, put back after 5 s", time.monotonic(), "the process"
        )


def map_deleted() -> Row:
    """The folder of the map in use is deleted, and comes back."""
    with scene(start=False) as s:
        spare = s.folder / "spare.map"
        shutil.copytree(s.map_path, spare)
        s.start_localizer(map=s.map_path)
        s.until_right(0.0)
        s.mark()
        shutil.rmtree(s.map_path)
        time.sleep(5)
        shutil.copytree(spare, s.map_path)
        return s.row(
            "map_deleted", "the folder of the map in use deleted, back after 5 s", time.monotonic(), "the process"
        )


def two_localizers_one_cache() -> Row:
    """Two localizers begin at once with one empty cache: both come to work, and the map is fetched whole."""
    with scene(start=False, ballast=True) as s:
        s.start_server(page_bytes=1 << 16)
        since = s.mark()
        s.start_localizer()
        command = [str(Path(sys.executable).parent / "localizer"), "--ros-args", "-r", "__node:=second"]
        s.nodes["second"] = Node("second", [*command, "-p", f"map_cache:={s.cache}", "-p", "tf_mode:=none"], s.folder)
        row = s.row(
            "two_localizers_one_cache", "two localizers and one empty cache", since, "one whole map in the cache"
        )
        ready = s.wait_until(lambda: "Ready:" in s.nodes["second"].output, 40)
        problems = () if ready and len(cached(s.cache)) == 1 else ("the second one has no map",)
        return Row(
            row.name, row.done, row.state, row.published, row.until_right_s, row.kept, (*row.problems, *problems)
        )
