"""Matches of places between a few references and a query, of a scene of points."""

from __future__ import annotations

import numpy as np

from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import inverse, make, so3_exp, transform
from reloc.localizers.exrenet.pair_matches import PairMatches

CAMERA = Camera(128, 128, 105.0, 140.0, 63.5, 63.5)


def scene(seed, references=4, noise_px=0.0, wrong=0.0):
    """References about a query, and matches of points that both see."""
    random = np.random.default_rng(seed)
    xyz = np.column_stack([random.uniform(-2, 2, (4000, 2)), random.uniform(1.5, 4.0, 4000)])
    truth = make(so3_exp(random.uniform(-0.1, 0.1, 3)), random.uniform(-0.2, 0.2, 3))
    poses, refs, queries = [], [], []
    for _ in range(references):
        pose = make(so3_exp(random.uniform(-0.2, 0.2, 3)), random.uniform(-0.5, 0.5, 3))
        first, second = (CAMERA.project(transform(inverse(p), xyz)) for p in (pose, truth))
        seen = ((first > 0) & (first < 127) & (second > 0) & (second < 127)).all(axis=1)
        uv = second[seen][:150] + random.normal(0, noise_px, (int(seen.sum()), 2))[:150]
        bad = random.random(len(uv)) < wrong
        uv[bad] = random.uniform(0, 127, (int(bad.sum()), 2))
        poses.append(pose)
        refs.append(first[seen][:150])
        queries.append(uv)
    return np.stack(poses), PairMatches(tuple(refs), tuple(queries), tuple(np.ones(len(r)) for r in refs)), truth
