"""Full disks while a map is built, fetched and calibrated."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from parts.fault_scene import Row, scene, small_map
from parts.full_disk import FullDisk, timed
from parts.small_disk import small_disk
from support.tiny_world import CAMERA, reference_poses, render

RELOC = str(Path(sys.executable).parent / "reloc")


def disk_full_build() -> Row:
    """Run `reloc map build` on a full disk, and again when there is space."""
    done = "`reloc map build` on a full disk, then with space"
    with tempfile.TemporaryDirectory(prefix="reloc-faults-") as folder:
        source = _data_set(Path(folder) / "rooms")
        with small_disk(Path(folder) / "disk", 64) as disk:
            disk.fill(1 << 20, file_bytes=1 << 14)
            build = [
                RELOC,
                "map",
                "build",
                str(source),
                "--source",
                "7scenes",
                "--camera",
                f"{CAMERA.fx}",
                "--landmarks",
                "none",
            ]
            build += [
                "--min-distance-m",
                "0",
                "--min-angle-deg",
                "0",
                "--calibrate",
                "none",
                "--out",
                str(disk.mounted / "a.map"),
            ]
            return _twice("disk_full_build", done, disk, build, "a.map", "what was built before")


def disk_full_calibrate() -> Row:
    """Run `reloc map calibrate` on a full disk, and again when there is space."""
    done = "`reloc map calibrate` on a full disk, then with space"
    with tempfile.TemporaryDirectory(prefix="reloc-faults-") as folder:
        small_map(Path(folder))
        with small_disk(Path(folder) / "disk", 64) as disk:
            shutil.copytree(Path(folder) / "small.map", disk.path / "a.map")
            before = disk.content_hash("a.map")
            disk.fill(0, file_bytes=0)
            calibrate = [RELOC, "map", "calibrate", str(disk.mounted / "a.map")]
            row = _twice(
                "disk_full_calibrate",
                done,
                disk,
                calibrate,
                "a.map",
                "the map, whole at every moment",
                before,
            )
            return row


def disk_full_fetch() -> Row:
    """The cache's disk is full during a fetch, and has space again after 6 s."""
    done = "the cache's disk is full during a fetch, and has space again after 6 s"
    with scene(start=False, ballast=True) as s, small_disk(s.folder / "cache", 96) as disk:
        disk.fill(8 << 20, file_bytes=8 << 20)
        s.start_server()
        s.mark()
        s.start_localizer(wrap=disk.inside)
        time.sleep(10)
        state = s.said()
        since = time.monotonic()
        disk.make_room()
        return s.row("disk_full_fetch", _how(done, disk), since, "pages that had come", state=state)


def _twice(name: str, done: str, disk: FullDisk, command: list[str], made: str, kept: str, before: str = "") -> Row:
    """Run a command without disk space, and again with it."""
    _, first = timed([*disk.inside, *command])
    problems = []
    if first.returncode == 0 or "Traceback" in first.stderr:
        problems.append(f"without room: exit {first.returncode}, {first.stderr.strip()[-200:]!r}")
    if before and (now := disk.content_hash(made)) != before:
        problems.append(f"the map is another one: {now}")
    disk.make_room()
    seconds, second = timed([*disk.inside, *command])
    if len(now := disk.content_hash(made)) != 64:
        problems.append(f"with room: {now}")
    if second.returncode != 0:
        problems.append(f"with room: exit {second.returncode}, {second.stderr.strip()[-200:]!r}")
    said = first.stderr.strip().splitlines()[-1][:160].replace("|", "/") if first.stderr.strip() else "nothing"
    return Row(
        name,
        _how(done, disk),
        f"exit {first.returncode}: {said}".replace(str(disk.mounted), "DISK"),
        "no pose is asked for",
        seconds,
        kept,
        tuple(problems),
    )


def _how(done: str, disk: FullDisk) -> str:
    return f"{done} ({disk.how})" if disk.how else done


def _data_set(folder: Path) -> Path:
    """Write twelve views of the small world as a 7-Scenes data set."""
    sequence = folder / "seq-01"
    sequence.mkdir(parents=True)
    for i, pose in enumerate(reference_poses()):
        cv2.imwrite(str(sequence / f"frame-{i:06d}.color.png"), render(pose)[0][..., ::-1])
        np.savetxt(sequence / f"frame-{i:06d}.pose.txt", pose)
    (folder / "TrainSplit.txt").write_text("sequence1\n")
    return folder
