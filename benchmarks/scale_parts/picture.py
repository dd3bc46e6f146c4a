"""Draw how retrieval grows with the number of references."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

_ASKED = {"p50_ms": 10.0, "recall_30": 0.95, "resident": 2.0 * 2**30, "open_s": 2.0}


def draw(results: Sequence[dict[str, Any]], file: Path) -> None:
    """Write the picture of measured sizes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(9, 6), layout="constrained")
    counts = [figures["references"] for figures in results]
    panels = [
        ("time of a search (ms)", [("p50_ms", "median"), ("p99_ms", "99th percentile")], True),
        ("found of exact search's", [("recall_5", "first 5"), ("recall_30", "first 30")], False),
        ("memory of the process (MB)", [("resident", "resident")], True),
        ("time (s)", [("open_s", "opening"), ("build_s", "building (processor time)")], True),
    ]
    for panel, (title, lines, logarithmic) in zip(axes.flat, panels, strict=True):
        for key, name in lines:
            scale = 1e-6 if key == "resident" else 1.0
            panel.plot(counts, [scale * figures[key] for figures in results], "o-", label=name)
            if key in _ASKED:
                panel.axhline(scale * _ASKED[key], color="gray", linestyle=":")
        panel.set(title=title, xscale="log", xlabel="references")
        if logarithmic:
            panel.set_yscale("log")
            panel.yaxis.set_major_formatter("{x:g}")
        else:
            panel.set_ylim(0.8, 1.005)
        panel.set_xticks(counts, [f"{count:,}" for count in counts])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
        panel.legend()
    figure.savefig(file, dpi=110, metadata={"Software": None})
    pyplot.close(figure)
