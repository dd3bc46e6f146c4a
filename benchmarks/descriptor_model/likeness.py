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


def table(real: RealDescriptors, model: DescriptorModel) -> str:
    """Return quantiles of cosines, real and made, as a table."""
    drive, again = real.drive, real.again
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
    near, made_near = (_shared(real.places, *pair) for pair in ((again, drive), (queries, made_drive)))
    energies = ", ".join(f"{n}: {_held(real.places, n):.2f}, {_held(apart, n):.2f}" for n in (64, 256))
    kept = f"{_kept(real.places, *pool):.3f}, {_kept(apart, *made_pool):.3f}"
    far = f"{_far(real.places):.3f}, {_far(apart):.3f}"
    what = f"share of the {_RANKS} most similar ones among {_CANDIDATES} candidates of the first step"
    notes = [
        f"cosine by references apart, real, made: {by_gap}",
        f"{what}, of {len(pool[0]):,} references, real, made: {kept}",
        f"likewise with other places alone, of {len(real.places) // 3:,}, real, made: {far}",
        f"share of a later view's cosine to its nearest one, likewise: {near}, {made_near}",
        f"share of other places' length in the first principal directions, real, made: {energies}",
    ]
    return head + "\n".join([*lines, "", *notes])


def _kept(places: Float32, rows: Float32, queries: Float32) -> float:
    """Return the share that the first step keeps, which learned from every second place."""
    short = Shortening.learn(places[::2], sizes.FIRST)
    truth = np.argsort(-(queries @ rows.T), axis=1)[:, :_RANKS]
    found = short.asked(queries)[0] @ np.where(short.asked(rows)[0] > 0.0, 1.0, -1.0).T
    candidates = np.argsort(-found, axis=1)[:, :_CANDIDATES]
    return float(np.mean([np.isin(*pair).mean() for pair in zip(truth, candidates, strict=True)]))


def _far(places: Float32) -> float:
    """Return the share for places that have nothing in common: thirds of them are learned from, kept, and asked."""
    learned, kept, asked = (places[start::3] for start in range(3))
    return _kept(np.repeat(learned, 2, axis=0), kept, asked)


def _nearest(rows: Float32) -> Float32:
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -1.0)
    return cosines.max(axis=1)


def _ranked(cosines: Float32) -> Float32:
    return np.sort(cosines, axis=1)[:, -30]


def _pairs(rows: Float32) -> Float32:
    return (rows @ rows.T)[np.triu_indices(len(rows), 1)]


def _shared(places: Float32, queries: Float32, drive: Float32) -> str:
    """Return the share of the cosine of queries and their nearest views in principal directions of the places."""
    near = drive[(queries @ drive.T).argmax(axis=1)]
    _, vectors = np.linalg.eigh(places[::2] @ places[::2].T)
    basis = vectors[:, ::-1].T @ places[::2]
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    by_direction = ((queries @ basis.T) * (near @ basis.T)).mean(axis=0)
    whole = (queries * near).sum(axis=1).mean()
    return " ".join(f"{n}: {by_direction[:n].sum() / whole:.2f}" for n in (16, 64, 256, 512))


def _held(rows: Float32, numbers: int) -> float:
    """Return the share of the squared length of every second row in the directions of the others."""
    fitted, others = rows[::2], rows[1::2]
    _, vectors = np.linalg.eigh(fitted @ fitted.T)
    basis = vectors[:, ::-1][:, :numbers].T @ fitted
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    return float(((others @ basis.T) ** 2).sum(axis=1).mean())
