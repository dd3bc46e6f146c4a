"""VLAD: sum local descriptors by visual word (Jegou et al. 2010; Arandjelovic and Zisserman 2013)."""

from __future__ import annotations

import faiss
import numpy as np

from reloc.datatypes import Float32
from reloc.errors import MapEmptyError

SEED = 20150607


def vocabulary(descriptors: Float32, words: int) -> Float32:
    """Return cluster centers (K, D) of local descriptors (N, D); fewer than ``words`` if N is small.

    Raises:
        MapEmptyError: there are no descriptors at all.
    """
    if len(descriptors) == 0:
        raise MapEmptyError("No reference has a single local feature", "Use sharper, better lit, textured images")
    count = max(1, min(words, len(descriptors) // 8))
    kmeans = faiss.Kmeans(
        descriptors.shape[1], count, niter=20, seed=SEED, min_points_per_centroid=1, max_points_per_centroid=1024
    )
    kmeans.train(np.ascontiguousarray(descriptors))
    return np.asarray(kmeans.centroids, dtype=np.float32)


def vlad(descriptors: Float32, centres: Float32) -> Float32:
    """Return the VLAD (K * D,) of local descriptors (N, D): residuals summed by word.

    Each word is scaled to length 1 (intra-normalization, against bursts), then the whole. It is zero if N is 0.
    """
    words, width = centres.shape
    out = np.zeros((words, width), np.float32)
    if len(descriptors) == 0:
        return out.ravel()
    # argmin |x - c|^2 = argmax x.c - |c|^2 / 2
    nearest = (descriptors @ centres.T - 0.5 * np.einsum("kd,kd->k", centres, centres)).argmax(axis=1)
    order = np.argsort(nearest, kind="stable")
    starts = np.searchsorted(nearest[order], np.arange(words))
    used = np.flatnonzero(np.bincount(nearest, minlength=words))
    sums = np.add.reduceat(descriptors[order], starts[used], axis=0)
    out[used] = sums - np.bincount(nearest, minlength=words)[used, None] * centres[used]
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)
    return unit(out.ravel())


def unit(vector: Float32) -> Float32:
    """Return a vector scaled to length 1; zero stays zero."""
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-12), dtype=np.float32)
