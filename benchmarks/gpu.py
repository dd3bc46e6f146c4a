"""What an NVIDIA GPU makes of reloc's networks, in one call of at most 8 minutes.

    python benchmarks/gpu.py [--minutes 8] [--json FILE]

It needs torch with CUDA and numpy, and nothing else of reloc's: network definitions and losses are read from this
repository, weights are random. For each network, with its input on the GPU: the difference of its answers from the
processor's, the time of a run launched kernel by kernel, the time as one CUDA graph, and the share of launch overhead,
in float32 and in float16. Then images a second while `points` and ExReNet learn at full width. What the time did not
suffice for is named.

Without a GPU it says so in one line and exits with status 69. `--device cpu --tiny` shows on a processor that it runs;
its figures mean nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
UNAVAILABLE = 69  # of sysexits.h: a service is unavailable
RUNS, TRAINED_S = 100, 12.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print a table, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=8.0, help="what is not begun by then is left out; default 8")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--tiny", action="store_true", help="small networks, few runs: to see that this runs")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    args = parser.parse_args(arguments)
    lacks = missing(args.device)
    if lacks:
        print(f"benchmarks/gpu.py cannot run here: {lacks}", file=sys.stderr)
        return UNAVAILABLE
    sys.path[:0] = [str(ROOT / "ros2_ws" / "src" / "reloc"), str(ROOT / "benchmarks")]
    end = time.monotonic() + 60.0 * args.minutes
    found = measure(args.device, args.tiny, end)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def missing(device: str) -> str:
    """Return what is lacking, in one line; empty if nothing is."""
    try:
        import torch
    except ImportError as error:
        return f"torch cannot be imported ({error})"
    if device == "cuda" and not torch.cuda.is_available():
        built = f"built for CUDA {torch.version.cuda}" if torch.version.cuda else "built without CUDA"
        return f"torch {torch.__version__}, {built}, finds no NVIDIA GPU"
    return ""


def measure(name: str, tiny: bool, end: float) -> dict[str, Any]:
    """Print and return all figures.

    Args:
        name: of the device, for torch.
        tiny: small networks and few runs.
        end: `time.monotonic` after which nothing new is begun.
    """
    import torch
    from on_gpu.latency import latency
    from on_gpu.networks import candidates
    from on_gpu.parity import parity
    from on_gpu.training import images_a_second, lessons

    device = torch.device(name)
    what = torch.cuda.get_device_name() if name == "cuda" else "CPU"
    print(f"{what}, torch {torch.__version__}, CUDA {torch.version.cuda}")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    found: dict[str, Any] = {"device": what, "torch": torch.__version__, "networks": [], "training": []}
    found["left_out"] = []
    print(f"\n{'network':<28}{'type':<9}{'difference':>12}{'launched ms':>13}{'graph ms':>10}{'launch':>9}")
    precisions = (False, True) if name == "cuda" else (False,)
    for candidate in candidates(tiny):
        for half in precisions:
            kind = "float16" if half else "float32"
            if time.monotonic() > end:
                found["left_out"].append(f"{candidate.name} in {kind}")
                continue
            net, inputs = candidate.network(), candidate.inputs()
            off = parity(candidate.compared(net), inputs, device, half)
            spent = latency(net.to(device), [x.to(device) for x in inputs], 3 if tiny else RUNS, half)
            found["networks"].append({
                "network": candidate.name, "type": kind, "difference": off, "launched_ms": spent.launched,
                "graph_ms": spent.graph, "launch_share": spent.launch_share, "no_graph": spent.problem,
            })  # fmt: skip
            graph = "-" if spent.graph is None else f"{spent.graph:.3f}"
            share = "-" if spent.launch_share is None else f"{spent.launch_share:.0%}"
            why = f"  ({spent.problem})" if spent.problem else ""
            times = f"{spent.launched:>13.3f}{graph:>10}{share:>9}"
            print(f"{candidate.name:<28}{kind:<9}{off:>12.1e}{times}{why}", flush=True)
    print(f"\n{'training':<28}{'type':<9}{'images/s':>12}")
    for half in precisions:
        for lesson in lessons(tiny):
            kind = "bfloat16" if half else "float32"
            if time.monotonic() > end:
                found["left_out"].append(f"training {lesson.name} in {kind}")
                continue
            rate = images_a_second(lesson, device, 0.0 if tiny else TRAINED_S, half)
            found["training"].append({"network": lesson.name, "type": kind, "images_a_second": rate})
            print(f"{lesson.name:<28}{kind:<9}{rate:>12.1f}", flush=True)
    for name in found["left_out"]:
        print(f"left out, the time was up: {name}")
    return found


if __name__ == "__main__":
    sys.exit(main())
