"""A video without poses becomes a map: its first half by structure from motion, its second half localized.

Errors are those after one similarity that leads the map's references to their true poses: scale and axes of such a map
are arbitrary. The data set gives the images and the truth.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from reloc.geometry import transforms
from reloc.geometry.camera_choice import CameraChoice
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.progress import Bars
from reloc.maps.query_frames import query_input
from reloc.maps.sfm.config import SfmConfig
from reloc.maps.sfm.similarity import of_poses, rms_after
from reloc.maps.sfm.source import SfmSource
from reloc.maps.source import SourceFrame, SourceOptions, open_source
from reloc.relocalizer import Relocalizer

SCENE = Path(os.environ.get("RELOC_DATA", "../shared/data")) / "redkitchen_sfm"


def write_video(file: Path, frames: list[SourceFrame]) -> None:
    """Write frames as a phone would: mp4."""
    height, width = frames[0].load_image().shape[:2]
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*"mp4v"), 30.0, (width, height))
    for frame in frames:
        writer.write(cv2.cvtColor(frame.load_image(), cv2.COLOR_RGB2BGR))
    writer.release()


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", type=Path, default=SCENE, help="a scene of 7-Scenes: its images and the truth")
    parser.add_argument(
        "--every", type=int, default=5, help="make the video of every N-th frame of the first half; default 5"
    )
    parser.add_argument("--query-every", type=int, default=10, help="likewise of the second half; default 10")
    parser.add_argument("--camera", default="", help="intrinsics of the video; default: estimated")
    parser.add_argument("--mapper", default="incremental", choices=("incremental", "global"))
    args = parser.parse_args()
    source = open_source("7scenes", args.scene, SourceOptions(camera="525.5,320,240"))
    first, second = (list(source.frames(s))[::n] for s, n in (("train", args.every), ("test", args.query_every)))
    with tempfile.TemporaryDirectory(prefix="reloc-video-") as scratch:
        videos = [Path(scratch) / name for name in ("first.mp4", "second.mp4")]
        for video, frames in zip(videos, (first, second), strict=True):
            write_video(video, frames)
        options = SourceOptions(camera=args.camera)
        start, used = time.monotonic(), time.process_time()
        bars = Bars()
        sfm = SfmSource(open_source("video", videos[0], options), SfmConfig(sfm_mapper=args.mapper), bars)
        made = build_map(sfm, Path(scratch) / "video.map", BuildConfig(), bars)
        bars.close()
        seconds, cpu = time.monotonic() - start, time.process_time() - used
        print(f"map of {len(made)} references: {seconds:.0f} s, {cpu:.0f} s of CPU")
        for note in sfm.notes:
            print(f"  {note}")
        truth = {f"{videos[0].stem}/{i:06d}": frame.world_from_cam for i, frame in enumerate(first)}
        found = np.array(made.world_from_cam)
        known = np.stack([truth[name] for name in made.names])
        change = of_poses(found, known)
        apart = rms_after(change, found, known)
        print(f"references after alignment: {apart * 100:.1f} cm rms, scale {change.scale:.3f}")
        localizer = Relocalizer.open(made, "features")
        cameras = CameraChoice(made.camera(0), None, assume=False)
        meters, degrees, lost = [], [], 0
        for frame, true in zip(query_input(videos[1]).frames, second, strict=True):
            image = frame.load_image()
            camera, _ = cameras.choose(image.shape[1], image.shape[0], frame.camera)
            answer = localizer.localize(image, camera)
            if not hasattr(answer, "world_from_cam"):
                lost += 1
                continue
            pose = change.poses(answer.world_from_cam[None])[0]
            meters.append(transforms.distance_between(pose, true.world_from_cam))
            degrees.append(np.degrees(transforms.rotation_angle_between(pose, true.world_from_cam)))
        within = np.mean((np.array(meters) <= 0.05) & (np.array(degrees) <= 5)) if meters else float("nan")
        print(f"second half: {len(meters)} of {len(second)} answered, {lost} lost")
        middle = f"median {np.median(meters) * 100:.1f} cm, {np.median(degrees):.2f} deg"
        print(f"  {middle}; largest {max(meters) * 100:.0f} cm, {max(degrees):.1f} deg")
        print(f"  {within:.0%} of the answers within 5 cm and 5 deg")


if __name__ == "__main__":
    main()
