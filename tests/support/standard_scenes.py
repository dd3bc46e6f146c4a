"""The tiny world as small folders of the standard data sets, as their authors lay them out."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import cv2
import numpy as np

from reloc.datatypes import Float64
from reloc.geometry import transforms
from support.made_once import made_once
from support.tiny_world import CAMERA, query_poses, reference_poses, render

TRAIN, TEST = reference_poses(), query_poses(3)
_F = f"{CAMERA.fx}"


def seven_scenes(folder: Path) -> Path:
    """A scene with seq-01 to learn, seq-02 to test."""
    for sequence, poses in ((1, TRAIN), (2, TEST)):
        for number, pose in enumerate(poses):
            stem = folder / f"seq-{sequence:02d}" / f"frame-{number:06d}"
            _image(stem.with_suffix(".color.png"), pose)
            np.savetxt(stem.with_suffix(".pose.txt"), pose)
    (folder / "TrainSplit.txt").write_text("sequence1\n")
    (folder / "TestSplit.txt").write_text("sequence2\n")
    (folder / "camera.json").write_text(json.dumps(CAMERA.to_dict()))
    return folder


def twelve_scenes(folder: Path) -> Path:
    """A room whose first sequence is the test."""
    for number, pose in enumerate([*TEST, *TRAIN]):
        stem = folder / "data" / f"frame-{number:06d}"
        _image(stem.with_suffix(".color.jpg"), pose)
        np.savetxt(stem.with_suffix(".pose.txt"), pose)
    last = len(TEST) - 1
    lines = [f"sequence0 [frames={len(TEST)}]  [start=0 ; end={last}]",
             f"sequence1 [frames={len(TRAIN)}]  [start={last + 1} ; end={last + len(TRAIN)}]"]  # fmt: skip
    (folder / "split.txt").write_text("\n".join(lines) + "\n")
    (folder / "camera.json").write_text(json.dumps(CAMERA.to_dict()))
    return folder


def cambridge(folder: Path) -> Path:
    """A landmark."""
    for name, poses in (("train", TRAIN), ("test", TEST)):
        lines = ["Visual Landmark Dataset V1", "ImageFile, Camera Position [X Y Z W P Q R]", ""]
        for number, pose in enumerate(poses):
            file = f"{name}/frame{number:05d}.png"
            _image(folder / file, pose)
            x, y, z, w = transforms.to_quaternion(transforms.inverse(pose))
            lines.append(f"{file} {' '.join(str(v) for v in (*pose[:3, 3], w, x, y, z))}")
        (folder / f"dataset_{name}.txt").write_text("\n".join(lines) + "\n")
    (folder / "camera.json").write_text(json.dumps(CAMERA.to_dict()))
    return folder


def indoor6(folder: Path) -> Path:
    """A scene with its split in a pickle."""
    names: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    for split, poses in (("train", TRAIN), ("test", TEST), ("val", TEST[:1])):
        for number, pose in enumerate(poses):
            stem = f"image-{len(names['train']) + len(names['test']):06d}_{split}{number}"
            _image(folder / "images" / f"{stem}.color.jpg", pose)
            np.savetxt(folder / "images" / f"{stem}.pose.txt", transforms.inverse(pose)[:3])
            line = f"{CAMERA.width} {CAMERA.height} {_F} {CAMERA.cx + 0.5} {CAMERA.cy + 0.5} 0.0 {stem}\n"
            (folder / "images" / f"{stem}.intrinsics.txt").write_text(line)
            names[split].append(f"{stem}.color.jpg")
    lists = {**names, **{f"{name}_idx": np.arange(len(found)) for name, found in names.items()}}
    (folder / "train_test_val.pkl").write_bytes(pickle.dumps(lists, protocol=4))
    return folder


def pose_files(folder: Path, scene: str, prefix: str, moved: Float64, focal: float) -> None:
    """Poses of a 7-Scenes folder as structure from motion gives them, in a frame that is ``moved``."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, sequence, poses in (("train", 1, TRAIN), ("test", 2, TEST)):
        lines = []
        for number, pose in enumerate(poses):
            cam_from_world = transforms.inverse(moved @ pose)
            x, y, z, w = transforms.to_quaternion(cam_from_world)
            name = prefix.format(sequence) + f"frame-{number:06d}.color.png"
            lines.append(f"{name} {' '.join(str(v) for v in (w, x, y, z, *cam_from_world[:3, 3], focal))}")
        (folder / f"{scene}_{split}.txt").write_text("\n".join(lines) + "\n")


def _image(file: Path, pose: Float64) -> None:
    number = next(i for i, p in enumerate([*TRAIN, *TEST]) if np.array_equal(p, pose))
    file.parent.mkdir(parents=True, exist_ok=True)
    rgb = cv2.imread(str(made_once("standard-scenes", _render_all) / f"{number}.png"))
    cv2.imwrite(str(file), rgb)


def _render_all(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for number, pose in enumerate([*TRAIN, *TEST]):
        cv2.imwrite(str(folder / f"{number}.png"), render(pose)[0][..., ::-1])
