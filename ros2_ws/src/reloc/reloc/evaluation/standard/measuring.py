"""Run every method on every scene; after an interruption, go on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reloc import plugins
from reloc.config import parameter_names
from reloc.datatypes import Localized
from reloc.errors import RelocError
from reloc.evaluation.answering import answer_frame
from reloc.evaluation.outcome import Errors
from reloc.evaluation.standard.results import Results
from reloc.evaluation.standard.suites import BenchmarkScene, Suite
from reloc.geometry.camera_choice import CameraChoice
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.layout import RETRIEVAL
from reloc.maps.progress import Progress, silent
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import Source, SourceOptions
from reloc.relocalizer import Relocalizer
from reloc.trust.verification import VerificationConfig

SAVE_S = 20.0  # so much is computed again after a kill
_LOCALIZERS = "reloc.localizers"


@dataclass(frozen=True, slots=True)
class BenchmarkTask:
    """What to measure."""

    suite: Suite
    methods: tuple[str, ...]
    maps: Path  # folder of the maps, which are kept
    every: int = 1  # every N-th query
    map_every: int = 1  # every N-th frame of the training split becomes a reference
    limit: int = 0  # at most this many queries of a scene; 0: all
    camera: str = ""  # as SourceOptions.camera
    verify: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)  # of each method that has them

    def settings(self) -> dict[str, Any]:
        """Return what results depend on, for JSON."""
        return {
            "suite": self.suite.name, "every": self.every, "map_every": self.map_every, "limit": self.limit,
            "camera": self.camera, "verify": self.verify, "parameters": dict(self.parameters),
        }  # fmt: skip


def measure(
    task: BenchmarkTask,
    scenes: Sequence[BenchmarkScene],
    results: Results,
    tell: Callable[[str], None] = lambda line: None,
    progress: Progress = silent,
) -> None:
    """Answer what is not answered yet. A method that cannot run in a scene has the reason in its place.

    Args:
        results: holds what is known, and is saved as it grows.
        tell: is called with a line for each method of a scene.

    Raises:
        RelocError: a scene cannot be read, or its map not be built.
    """
    for scene in scenes:
        source = scene.open(task.suite, SourceOptions(camera=task.camera))
        opened = _map(task, scene, source, progress)
        results.of_scene(scene.name, scene.truth)["references"] = len(opened)
        for method in task.methods:
            kept = results.of_method(scene.name, scene.truth, method, opened.content_hash)
            try:
                _answer(task, scene, source, opened, method, kept, results)
                kept.pop("cannot", None)
            except RelocError as error:
                kept["cannot"] = error.problem
            finally:
                results.save()
            tell(f"{scene.name}, {scene.truth} poses, {method}: {kept.get('cannot') or len(kept['queries'])}")


def _map(task: BenchmarkTask, scene: BenchmarkScene, source: Source, progress: Progress) -> ReferenceMap:
    folder = task.maps / f"{scene.name}-{scene.truth}-{task.map_every}.map"
    if folder.exists():
        return ReferenceMap.open(folder)
    task.maps.mkdir(parents=True, exist_ok=True)
    wanted = {plugins.load(_LOCALIZERS, method).Config() for method in task.methods}
    retrieval = ",".join(sorted({"vlad", *(getattr(config, "retrieval", "vlad") for config in wanted)}))
    config = BuildConfig(split="train", keyframes=KeyframeConfig(every=task.map_every), retrieval=retrieval)
    return build_map(source, folder, config, progress)


def _answer(
    task: BenchmarkTask,
    scene: BenchmarkScene,
    source: Source,
    opened: ReferenceMap,
    method: str,
    kept: dict[str, Any],
    results: Results,
) -> None:
    frames = [f for f in source.frames("test") if f.world_from_cam is not None][:: task.every][: task.limit or None]
    results.of_scene(scene.name, scene.truth)["queries"] = len(frames)
    queries: dict[str, Any] = kept["queries"]
    missing = [frame for frame in frames if frame.name not in queries]
    if not missing:
        return
    verification = None if task.verify else VerificationConfig(when="never")
    engine = Relocalizer.open(opened, method, _parameters(task, opened, method), verification=verification).engine
    cameras = CameraChoice(opened.camera(0))
    saved = time.monotonic()
    for frame in missing:
        done = answer_frame(engine.answer, frame, cameras)
        one: dict[str, Any] = {"ms": round(done.ms, 2)}
        if isinstance(done.answer, Localized) and frame.world_from_cam is not None:
            errors = Errors.of_pose(done.answer.world_from_cam, frame.world_from_cam)
            one |= {"m": errors.translation_m, "deg": errors.rotation_deg}
        elif not isinstance(done.answer, Localized):
            one["lost"] = done.answer.reason.value
        queries[frame.name] = one
        if time.monotonic() - saved > SAVE_S:
            results.save()
            saved = time.monotonic()


def _parameters(task: BenchmarkTask, opened: ReferenceMap, method: str) -> dict[str, Any]:
    """Return the task's parameters that the method has, and a retrieval that the map has."""
    config = plugins.load(_LOCALIZERS, method).Config
    names = parameter_names(config)
    given = {name: value for name, value in task.parameters.items() if name in names}
    if "retrieval" not in names or "retrieval" in given:
        return given
    own = config().retrieval
    return {**given, "retrieval": own if opened.arrays(f"{RETRIEVAL}/{own}") else "vlad"}
