"""Select key frames: those that add something to a map."""

from __future__ import annotations

import math
from collections.abc import Sequence

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.source import SourceFrame


def select(frames: Sequence[SourceFrame], config: KeyframeConfig) -> list[SourceFrame]:
    """Return the key frames in order.

    With both a distance and an angle set, either suffices; with one set, only that one counts. A frame without a pose
    cannot be compared and is kept.
    """
    kept = list(frames[:: config.every])
    if config.by_motion:
        kept = _moved(kept, config)
    if config.max_count and len(kept) > config.max_count:
        kept = [kept[i * len(kept) // config.max_count] for i in range(config.max_count)]
    return kept


def _moved(frames: Sequence[SourceFrame], config: KeyframeConfig) -> list[SourceFrame]:
    kept: list[SourceFrame] = []
    last: Float64 | None = None
    for frame in frames:
        pose = frame.world_from_cam
        if pose is None or last is None or _is_far(last, pose, config):
            kept.append(frame)
            last = pose if pose is not None else last
    return kept


def _is_far(last: Float64, pose: Float64, config: KeyframeConfig) -> bool:
    moved = config.min_distance_m > 0 and transforms.distance_between(last, pose) >= config.min_distance_m
    angle = math.radians(config.min_angle_deg)
    return moved or (angle > 0 and transforms.rotation_angle_between(last, pose) >= angle)


def chosen_text(kept: int, total: int, config: KeyframeConfig) -> str:
    """Return how many frames were kept and why: ``kept 20 of 167 images (0.2 m or 10 deg apart)``.

    Args:
        kept: number of references.
        total: number of frames of the source.
        config: the rules.
    """
    apart = [f"{config.min_distance_m:g} m"] if config.min_distance_m else []
    apart += [f"{config.min_angle_deg:g} deg"] if config.min_angle_deg else []
    rules = [f"one of {config.every}"] if config.every > 1 else []
    rules += [f"{' or '.join(apart)} apart"] if apart else []
    rules += [f"at most {config.max_count}"] if config.max_count and kept == config.max_count else []
    return f"kept {kept} of {total} images" + (f" ({', '.join(rules)})" if rules else "")
