"""The order of the site's pages. A page that stands nowhere here comes under "More", so that none is hidden."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

ORDER: dict[str, dict[str, str]] = {
    "Start": {
        "What reloc is": "index.md",
        "Tutorial: ten minutes": "docs/tutorial.md",
        "Install": "docs/install.md",
        "Python": "docs/python.md",
    },
    "Guides": {
        "Record a good drive": "docs/record.md",
        "Choose a method": "docs/choose.md",
        "Maps": "docs/maps.md",
        "Imperfect bags": "docs/bags.md",
        "Poses in and out": "docs/poses.md",
        "See a map and a robot": "docs/view.md",
        "Start the nodes": "docs/launch.md",
        "ROS 2 nodes": "docs/ros.md",
        "Nav2": "docs/nav2.md",
        "Tune trust": "docs/tune-trust.md",
        "Several cameras": "docs/several-cameras.md",
        "Fleets": "docs/fleet.md",
        "Large maps": "docs/scale.md",
        "Docker": "docs/docker.md",
        "Jetson and TensorRT": "docs/tensorrt.md",
        "Troubleshooting": "docs/troubleshooting.md",
    },
    "Methods": {
        "How it works": "docs/how-it-works.md",
        "Trust": "docs/trust.md",
        "Models and backends": "docs/models.md",
        "PoseNet": "docs/posenet.md",
        "ExReNet": "docs/exrenet.md",
        "PnLP and CamNet": "docs/pnlp-and-camnet.md",
        "Local features": "docs/points.md",
        "XFeat": "docs/xfeat.md",
        "Synthetic rooms": "docs/synthetic-rooms.md",
    },
    "Results": {
        "Results": "docs/results.md",
        "Kidnap test": "docs/kidnap-test.md",
        "Reliability": "docs/reliability.md",
        "Known limits": "docs/limits.md",
        "Tested platforms": "docs/tested.md",
        "Standard benchmarks": "docs/benchmark.md",
    },
    "Reference": {
        "Commands": "reference/commands.md",
        "Parameters": "docs/parameters.md",
        "All parameters": "launch/params/README.md",
        "Topics and services": "reference/topics.md",
        "Messages": "reference/messages.md",
        "Python interface": "reference/python.md",
        "Writing plugins": "reference/plugins.md",
        "Errors": "reference/errors.md",
        "Security": "docs/security.md",
    },
    "Project": {
        "Architecture": "ARCHITECTURE.md",
        "Contributing": "CONTRIBUTING.md",
        "Changelog": "CHANGELOG.md",
        "Release": "docs/release.md",
        "Report a weakness": "SECURITY.md",
        "Models that ship": "models/README.md",
    },
}


def of(pages: Collection[str]) -> list[dict[str, Any]]:
    """Return the navigation of mkdocs for the pages that exist."""
    sections = {title: {t: p for t, p in entries.items() if p in pages} for title, entries in ORDER.items()}
    placed = {page for entries in sections.values() for page in entries.values()}
    cards = sorted(page for page in pages if page.startswith("models/") and page not in placed)
    if cards:
        sections["Project"] |= {page.split("/")[1]: page for page in cards}
    left = sorted(set(pages) - placed - set(cards))
    found: list[dict[str, Any]] = [{title: [{t: p} for t, p in e.items()]} for title, e in sections.items() if e]
    return [*found, *([{"More": left}] if left else [])]
