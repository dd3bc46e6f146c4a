"""The data sets of the papers: their scenes in the papers' order, and where their poses come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reloc.errors import SourceError
from reloc.maps.source import Source, SourceOptions, open_source
from reloc.maps.sources.indoor6 import SPLIT_FILE

OFFICIAL, SFM = "official", "sfm"
POSE_FILES = "pgt/sfm"  # where *On the Limits of Pseudo Ground Truth* has its files, below the data set's folder


@dataclass(frozen=True, slots=True)
class Suite:
    """One data set."""

    name: str  # as on the command line; the source has the same name
    title: str
    mark: str  # a file that each scene has
    scenes: tuple[str, ...]  # in the papers' order
    two_truths: bool = False  # whether poses by structure from motion were published for it, too


SUITES = {
    suite.name: suite
    for suite in (
        Suite(
            "7scenes", "7-Scenes", "TestSplit.txt",
            ("chess", "fire", "heads", "office", "pumpkin", "redkitchen", "stairs"), two_truths=True,
        ),
        Suite(
            "12scenes", "12-Scenes", "split.txt",
            ("apt1_kitchen", "apt1_living", "apt2_bed", "apt2_kitchen", "apt2_living", "apt2_luke", "office1_gates362",
             "office1_gates381", "office1_lounge", "office1_manolis", "office2_5a", "office2_5b"), two_truths=True,
        ),
        Suite(
            "cambridge", "Cambridge Landmarks", "dataset_test.txt",
            ("GreatCourt", "KingsCollege", "OldHospital", "ShopFacade", "StMarysChurch"),
        ),
        Suite("indoor6", "Indoor-6", SPLIT_FILE, ("scene1", "scene2a", "scene3", "scene4a", "scene5", "scene6")),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BenchmarkScene:
    """One scene with one kind of true poses."""

    name: str
    truth: str  # OFFICIAL or SFM
    folder: Path
    poses: dict[str, Path]  # by split: files with the poses of structure from motion; empty: the folder's own

    def open(self, suite: Suite, options: SourceOptions) -> Source:
        """Return the importer of this scene."""
        from reloc.evaluation.standard.pose_files import PosedByFiles

        source = open_source(suite.name, self.folder, options)
        return PosedByFiles(source, self.poses) if self.poses else source


def find(suite: Suite, folder: Path, poses: Path | None, only: Sequence[str] = ()) -> list[BenchmarkScene]:
    """Return the scenes below a folder, or the folder itself if it is a scene.

    Args:
        poses: folder of ``SCENE_train.txt`` and ``SCENE_test.txt``; None looks in ``pgt/sfm/SUITE`` of the folder.
        only: names of scenes; empty takes all.

    Raises:
        SourceError: there is none, or one of ``only`` is not there.
    """
    marks = [suite.mark] if (folder / suite.mark).is_file() else [f"*/{suite.mark}", f"*/*/{suite.mark}"]
    found = {_name(file.parent, folder): file.parent for mark in marks for file in sorted(folder.glob(mark))}
    if not found:
        fix = f"Give the folder that holds {', '.join(suite.scenes[:3])}, ..., or one of them"
        raise SourceError(f"No scene of {suite.title} in {folder}: no folder there has {suite.mark}", fix)
    if unknown := [name for name in only if name not in found]:
        raise SourceError(f"{folder} has no scene {unknown[0]}", f"There are: {', '.join(found)}")
    order = [*(name for name in suite.scenes if name in found), *(name for name in found if name not in suite.scenes)]
    files = poses or folder / POSE_FILES / suite.name
    scenes = []
    for name in (n for n in order if n in only or not only):
        by_files = {split: files / f"{name}_{split}.txt" for split in ("train", "test")}
        base = name.removesuffix("_sfm")
        if suite.two_truths and base != name and base in found:  # the same scene, with other poses in its own files
            scenes.append(BenchmarkScene(base, SFM, found[name], {}))
            continue
        scenes.append(BenchmarkScene(name, OFFICIAL, found[name], {}))
        if suite.two_truths and all(file.is_file() for file in by_files.values()):
            scenes.append(BenchmarkScene(name, SFM, found[name], by_files))
    return scenes


def _name(scene: Path, folder: Path) -> str:
    if scene == folder:
        return scene.resolve().name
    return "_".join(scene.relative_to(folder).parts)
