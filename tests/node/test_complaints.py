"""What is wrong is told once it lasts, seldom, and kept for diagnostics."""

from __future__ import annotations

from reloc_node.node_log import NodeLog
from reloc_node.watching.complaints import PATIENCE_S, PERIOD_S, Complaints


class Lines:
    """A logger that keeps its lines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, message: str) -> None:
        self.lines.append(message)

    warning = error = info


def complaints(texts: dict[str, str]) -> tuple[Complaints, Lines, list[float]]:
    lines, now = Lines(), [100.0]
    checks = {kind: (lambda kind=kind: texts[kind]) for kind in texts}
    return Complaints(NodeLog(lines), checks, lambda: now[0]), lines, now


def test_what_passes_at_once_is_no_complaint() -> None:
    texts = {"images": "No image"}
    found, lines, now = complaints(texts)
    found.check()
    texts["images"] = ""
    now[0] += PATIENCE_S + 1
    found.check()
    assert lines.lines == []
    assert found.current == {}


def test_what_lasts_is_told_within_five_seconds_and_then_seldom() -> None:
    found, lines, now = complaints({"images": "No image", "clock": ""})
    while not lines.lines:
        found.check()
        now[0] += 0.5
        assert now[0] < 105.0
    assert lines.lines == ["No image"]
    assert found.current == {"images": "No image"}
    told = now[0]
    while now[0] < told + PERIOD_S - 1.0:
        found.check()
        now[0] += 0.5
    assert len(lines.lines) == 1
    now[0] += 2.0
    found.check()
    assert len(lines.lines) == 2


def test_the_end_of_it_is_told_too() -> None:
    texts = {"camera_info": "No camera_info"}
    found, lines, now = complaints(texts)
    for _ in range(10):
        found.check()
        now[0] += 0.5
    texts["camera_info"] = ""
    found.check()
    assert lines.lines[-1] == "No longer so: camera info"
    assert found.current == {}


def test_a_text_that_changes_is_current_but_not_told_again() -> None:
    texts = {"images": "No image for 3 s"}
    found, lines, now = complaints(texts)
    for second in range(3, 12):
        texts["images"] = f"No image for {second} s"
        found.check()
        now[0] += 1.0
    assert len(lines.lines) == 1
    assert found.current["images"] == "No image for 11 s"
