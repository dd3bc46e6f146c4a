"""Compare the model with the descriptors that it was fitted to, and with some that it was not."""

from __future__ import annotations

import numpy as np

from descriptor_model.fitted import DescriptorModel, similarity_by_gap
from descriptor_model.real import RealDescriptors
from reloc.compact_index import sizes
from reloc.compact_index.shortening import Shortening
from reloc.datatypes import Float32

_RANKS, _CANDIDATES = 30, 100
_SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)


def table(real: RealDescriptors, model: DescriptorModel, every: int) -> str:
    """Return quantiles of cosines, real and made, as a table."""
    drive, again = real.drive[::every], real.again[::every]
    made = next(model.views(4096, 7, 4096))
    made_drive = made[: len(drive)]
    queries = model.queries(len(made), 7, len(made), np.arange(0, len(drive), 2))
    apart = model.places(len(real.places), 8)
    ways = {
        "a view to its nearest one of the drive": (_nearest(drive), _nearest(made_drive)),
        "a later view to its nearest one": ((again @ drive.T).max(axis=1), (queries @ made_drive.T).max(axis=1)),
        "a later view to its 30th nearest": (_ranked(again @ drive.T), _ranked(queries @ made_drive.T)),
        "two different places": (_pairs(real.places), _pairs(apart)),
        "a place to its most similar other place": (_nearest(real.places), _nearest(apart)),
    }
    head = "| cosine of | " + " | ".join(f"{share:.0%} real, made" for share in _SHARES) + " |\n" + "|---" * 6 + "|\n"
    lines = []
    for name, both in ways.items():
        columns = [f"{np.quantile(both[0], share):.3f}, {np.quantile(both[1], share):.3f}" for share in _SHARES]
        lines.append(f"| {name} | {' | '.join(columns)} |")
    pool = np.concatenate([drive, real.places[1::2]]), again
    made_pool = np.concatenate([made_drive, apart[1::2]]), queries
    gaps = [gap for gap in (1, 2, 4, 8, 16, 32) if gap < len(drive) // 3]
    curves = similarity_by_gap(drive), similarity_by_gap(made_drive)
    by_gap = ", ".join(f"{gap}: {curves[0][gap - 1]:.3f}, {curves[1][gap - 1]:.3f}" for gap in gaps)
    energies = ", ".join(f"{n}: {_held(real.places, n):.2f}, {_held(apart, n):.2f}" for n in (64, 256))
    kept = f"{_kept(real.places, *pool):.3f}, {_kept(apart, *made_pool):.3f}"
    what = f"share of the {_RANKS} most similar ones among {_CANDIDATES} candidates by short descriptors"
    notes = [
        f"cosine by references apart, real, made: {by_gap}",
        f"{what}, of {len(pool[0]):,} references, real, made: {kept}",
        f"share of other places' length in the first principal directions, real, made: {energies}",
    ]
    return head + "\n".join([*lines, "", *notes])


def _kept(places: Float32, rows: Float32, queries: Float32) -> float:
    """Return the share that short descriptors keep, learned from every second place."""
    short = Shortening.learn(places[::2], sizes.ROW)
    truth = np.argsort(-(queries @ rows.T), axis=1)[:, :_RANKS]
    found = (queries @ short.projection) @ short.numbers(short.rows(rows)).T
    candidates = np.argsort(-found, axis=1)[:, :_CANDIDATES]
    return float(np.mean([np.isin(*pair).mean() for pair in zip(truth, candidates, strict=True)]))


def _nearest(rows: Float32) -> Float32:
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -1.0)
    return cosines.max(axis=1)


def _ranked(cosines: Float32) -> Float32:
    return np.sort(cosines, axis=1)[:, -30]


def _pairs(rows: Float32) -> Float32:
    return (rows @ rows.T)[np.triu_indices(len(rows), 1)]


def _held(rows: Float32, numbers: int) -> float:
    """Return the share of the squared length of every second row in the directions of the others."""
    fitted, others = rows[::2], rows[1::2]
    _, vectors = np.linalg.eigh(fitted @ fitted.T)
    basis = vectors[:, ::-1][:, :numbers].T @ fitted
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    return float(((others @ basis.T) ** 2).sum(axis=1).mean())
