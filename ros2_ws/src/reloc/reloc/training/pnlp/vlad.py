"""Compute NetVLAD's clusters and projection from images of the training set (paper, 4.1)."""

from __future__ import annotations

import numpy as np
import torch

from reloc.datatypes import Float32, UInt8
from reloc.networks.netvlad import NetVlad
from reloc.networks.pnlp import PnLPNet
from reloc.retrieval import aggregation, whitening

SAMPLES = 100_000  # features for k-means
RATIO = 100.0  # mean ratio of the weights of a feature's nearest and second nearest cluster, as Arandjelovic et al.
_CHUNK = 16
_SEED = 17


def learn(net: PnLPNet, images: UInt8, clusters: int, dimensions: int) -> NetVlad:
    """Return NetVLAD for the network, on the CPU.

    Args:
        images: (N, side, side, 3) images of the training set.
        clusters: number of k-means' clusters; it is reduced if there are too few features.
        dimensions: length after the PCA, less than N; 0 does without a PCA.
    """
    latents = _latents(net, images)  # (N, C, h, w)
    random = np.random.default_rng(_SEED)
    features = latents.transpose(0, 2, 3, 1).reshape(-1, latents.shape[1])
    features = features[random.permutation(len(features))[:SAMPLES]]
    features = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
    centres = aggregation.vocabulary(features, clusters)
    plain: NetVlad = NetVlad(torch.from_numpy(centres), sharpness(features, centres)).eval()
    if not dimensions:
        return plain
    with torch.no_grad():
        whole = [plain(torch.from_numpy(latents[i : i + _CHUNK])).numpy() for i in range(0, len(latents), _CHUNK)]
    pca = whitening.learn(np.concatenate(whole), dimensions)
    mean, projection = (torch.from_numpy(np.asarray(pca[name], np.float32)) for name in ("mean", "projection"))
    shortened: NetVlad = NetVlad(plain.centres, float(plain.sharpness), mean, projection).eval()
    return shortened


def sharpness(features: Float32, centres: Float32) -> float:
    """Return alpha, with which a feature's weight for its nearest cluster is on average :data:`RATIO` times the
    next.
    """
    if len(centres) < 2:
        return 1.0
    distances = np.square(features).sum(1)[:, None] - 2 * features @ centres.T + np.square(centres).sum(1)
    nearest = np.partition(distances, 1, axis=1)[:, :2]
    return float(np.log(RATIO) / max(1e-6, float((nearest[:, 1] - nearest[:, 0]).mean())))


def _latents(net: PnLPNet, images: UInt8) -> Float32:
    with torch.no_grad():
        parts = [
            net(torch.from_numpy(images[i : i + _CHUNK].copy())).latent.numpy() for i in range(0, len(images), _CHUNK)
        ]
    return np.concatenate(parts)
