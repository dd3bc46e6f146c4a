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
    panels: list[tuple[str, list[tuple[str, str]], list[float]]] = [
        (
            "Time of a search (ms, processor)",
            [("p50_ms", "median"), ("p99_ms", "99th percentile")],
            [1, 3, 10, 30, 100],
        ),
        (
            "Share of exact search's references",
            [("recall_5", "first 5"), ("recall_30", "first 30")],
            [0.8, 0.9, 0.95, 1],
        ),
        ("Memory of the process (MB)", [("resident", "resident, at most")], [100, 300, 1000, 3000]),
        ("Processor time (s)", [("open_s", "opening"), ("build_s", "building")], [0.01, 0.1, 1, 10, 100]),
    ]
    for panel, (title, lines, ticks) in zip(axes.flat, panels, strict=True):
        for key, name in lines:
            scale = 1e-6 if key == "resident" else 1.0
            panel.plot(counts, [scale * figures[key] for figures in results], "o-", label=name)
            if key in _ASKED:
                panel.axhline(scale * _ASKED[key], color="gray", linestyle=":", label="target for 1,000,000")
        panel.set(title=title, xscale="log", xlabel="references", yscale="linear" if ticks[-1] == 1 else "log")
        panel.set_yticks(ticks, [f"{tick:,g}" for tick in ticks])
        panel.set_xticks(counts, [f"{count:,}" for count in counts])
        panel.minorticks_off()
        panel.grid(alpha=0.3)
        panel.legend()
    figure.savefig(file, dpi=110, metadata={"Software": None})
    pyplot.close(figure)
