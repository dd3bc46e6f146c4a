"""Time ExReNet's two graphs with a backend: the encoder with one image, the head with five pairs, and both together.

python benchmarks/exrenet_pairs.py exrenet-light [MODEL ...] [--pairs 5] [--runs 200] [--backend auto]

Models take turns in one run, so that other load on the machine affects all of them. Ratios are relative to the first
model. The name random:full (or classic, light) is that variant with random weights, which needs torch.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from parts.random_exrenet import written

from reloc.backends.backend import Session
from reloc.backends.choice import open_session
from reloc.evaluation.environment import cpu_name
from reloc.localizers.exrenet.models import PairModels
from reloc.threads import usable_cores

TURNS = 10


class Timed:
    """One model's sessions with noise as inputs, and their times."""

    def __init__(self, name: str, pairs: int, backend: str, precision: str) -> None:
        models = PairModels.named(name)
        rng = np.random.default_rng(0)
        self.pairs = pairs
        self.encoder: Session = open_session(models.encoder, backend, precision, (1,))
        self.head: Session = open_session(models.head, backend, precision, (pairs,))
        self.ms: dict[str, list[float]] = {"encode": [], "pairs": [], "together": []}
        for image in self.encoder.buffers(1).values():
            image[...] = rng.integers(0, 256, image.shape)
        query = self.encoder.run(1)
        for key, value in self.head.buffers(pairs).items():  # features in a realistic range
            value[...] = query[key.split("_", 1)[1]] + rng.normal(size=value.shape) * 0.01

    def turn(self, runs: int) -> None:
        """Time each part ``runs`` times."""
        for _ in range(runs):
            encode = _timed(lambda: self.encoder.run(1))
            pairs = _timed(lambda: self.head.run(self.pairs))
            for part, ms in (("encode", encode), ("pairs", pairs), ("together", encode + pairs)):
                self.ms[part].append(ms)

    def figures(self, base: Timed) -> dict[str, Any]:
        """Return p50 and p99 of each part, and the ratio of p50 to that of ``base``."""
        rows: dict[str, Any] = {
            "backend": self.encoder.backend, "device": self.encoder.device,
            "precision": [self.encoder.precision, self.head.precision],
        }  # fmt: skip
        for part, times in self.ms.items():
            p50, p99 = np.percentile(times, (50, 99))
            ratio = p50 / np.percentile(base.ms[part], 50)
            rows[part] = {"p50_ms": round(p50, 2), "p99_ms": round(p99, 2), "times_first": round(ratio, 2)}
        return rows


def main() -> None:
    """Time all models in turns, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="NAME", help="name of the models NAME-encoder and NAME-head")
    parser.add_argument(
        "--pairs", type=int, default=5, help="number of references that a query is compared with; default 5"
    )
    parser.add_argument("--runs", type=int, default=200, help="number of timed runs of each part; default 200")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--precision", default="auto")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        names = [written(name, Path(folder)) for name in args.names]
        timed = [Timed(name, args.pairs, args.backend, args.precision) for name in names]
    for _ in range(TURNS):
        for one in timed:
            one.turn(max(1, args.runs // TURNS))
    models = {name: one.figures(timed[0]) for name, one in zip(args.names, timed, strict=True)}
    print(json.dumps({"cpu": cpu_name(), "cores": usable_cores(), "pairs": args.pairs, "models": models}, indent=1))


def _timed(run: Callable[[], Any]) -> float:
    began = time.perf_counter()
    run()
    return (time.perf_counter() - began) * 1e3


if __name__ == "__main__":
    main()
