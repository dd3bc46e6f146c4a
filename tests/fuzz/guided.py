"""Guidance by coverage: atheris (libFuzzer) chooses which inputs to go on from; mutations and verdict stay ours.

    make fuzz TARGET=bag_message GUIDED=1 SECONDS=600

It needs ``pip install -r requirements/fuzzing.txt``, and sees Python lines of reloc, no C. It pays where a reader is
Python and deep; readers that spend their time in OpenCV, COLMAP or files gain nothing. Finds are kept as those
of ``make fuzz``. A find that ends the process ends this, too, and libFuzzer writes the input beside them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from random import Random

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"

import atheris  # noqa: E402

with atheris.instrument_imports(include=["reloc", "reloc_node"]):
    from fuzz.found import all_targets

    _TARGETS = all_targets()[0]

from support import made_once  # noqa: E402

from fuzz.finds import Find, keep  # noqa: E402
from fuzz.judge import Judge  # noqa: E402
from fuzz.outside import Watch  # noqa: E402
from fuzz.worker import move_in  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Run until time is over; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.guided", description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=sorted(_TARGETS))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "fuzz")
    args = parser.parse_args()
    target, out = _TARGETS[args.target], args.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix="reloc-fuzz-"))
    os.environ.setdefault(made_once.FOLDER, str(scratch / "made-once"))
    inside = move_in(scratch)
    target.open(inside)
    seeds = list(target.seeds())
    corpus = scratch / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / f"{number:04d}").write_bytes(seed)
    judge = Judge(target, Watch(inside, scratch / "beside"))

    def one(data: bytes) -> None:
        verdict = judge.of(data)
        if verdict.is_find:
            keep(Find(target.name, verdict.kind, verdict.text, data, verdict.trail), out, scratch / "finds")

    def mutator(data: bytes, most: int, seed: int) -> bytes:
        return target.mutate(data or seeds[0], seeds, Random(seed))[:most]

    longest = max(map(len, seeds)) * 4 + 4096
    options = [f"-max_total_time={args.seconds}", f"-seed={args.seed}", f"-max_len={longest}", "-rss_limit_mb=0"]
    options += ["-timeout=10", f"-artifact_prefix={out}/{target.name}-guided-", "-len_control=0"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
