"""Write the report as one file that includes its pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from reloc.maps.reference_map import ReferenceMap
from reloc_demo.referee.judge import Judged, Judgement, Recovery
from reloc_demo.referee.recording import Picture, Recording, Status
from reloc_demo.report.floor_plan import floor_plan
from reloc_demo.report.matches import data_uri, landmarks_in_both, side_by_side
from reloc_demo.report.story import Story, tell
from reloc_demo.report.timeline import timeline
from reloc_demo.world import house


@dataclass(frozen=True, slots=True)
class Card:
    """One kidnap on the page."""

    number: int
    name: str
    seconds: float  # infinite if it was not recovered
    poses: int
    median_m: float
    worst_m: float
    median_deg: float
    worst_deg: float
    silence: str  # why there was no pose in between
    before: str  # data: address of a picture, empty if there is none
    after: str
    matched: str
    evidence: str


def write_page(
    out: Path, recording: Recording, judgement: Judgement, map_folder: Path, localizer: str, start_ns: int
) -> Path:
    """Write ``index.html`` into ``out`` and return its path."""
    story = tell(recording, judgement, start_ns)
    environment = Environment(
        loader=PackageLoader("reloc_demo.report", ""),
        autoescape=select_autoescape(("j2", "html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    reference_map = ReferenceMap.open(map_folder, verify=False)
    text = environment.get_template("page.html.j2").render(
        judgement=judgement,
        wrong=[_wrong(j, start_ns) for j in judgement.wrong],
        cards=_cards(recording, judgement, reference_map),
        plan=Markup(floor_plan(house.build(), story)),
        timeline=Markup(timeline(story, recording.statuses, start_ns)),
        facts=_facts(recording, judgement, story, reference_map, localizer),
    )
    page = out / "index.html"
    page.write_text(text, encoding="utf-8")
    return page


def _wrong(judged: Judged, start_ns: int) -> str:
    return f"{(judged.stamp_ns - start_ns) * 1e-9:.2f} s, off by {judged.error_m:.2f} m {judged.error_deg:.1f}°"


def _facts(
    recording: Recording, judgement: Judgement, story: Story, reference_map: ReferenceMap, localizer: str
) -> list[tuple[str, str]]:
    thought = [s.total_ms for s in recording.statuses if s.reason != "no_map"]
    errors = np.array([(j.error_m, j.error_deg) for j in judgement.judged]).reshape(-1, 2)
    median_m, median_deg = np.median(errors, axis=0) if len(errors) else (np.nan, np.nan)
    return [
        ("localizer", localizer),
        ("map", f"{len(reference_map)} references, {len(reference_map.landmarks)} landmarks"),
        ("poses published", f"{len(judgement.judged)} of {len(recording.statuses)} processed images"),
        ("wrong poses", str(len(judgement.wrong))),
        ("median error", f"{median_m:.3f} m, {median_deg:.2f}°"),
        ("driven", f"{story.driven:.1f} m; odometry alone ends with an error of {story.odometry_error[-1]:.1f} m"),
        (
            "time per image",
            f"median {np.median(thought):.0f} ms, worst {max(thought):.0f} ms" if thought else "none",
        ),
    ]


def _cards(recording: Recording, judgement: Judgement, reference_map: ReferenceMap) -> list[Card]:
    stamps = sorted(s.stamp_ns for s in recording.statuses)
    wanted: dict[int, tuple[int, int]] = {}
    for k, recovery in enumerate(judgement.recoveries):
        before = max((s for s in stamps if s < recovery.start_ns), default=0)
        after = min((s for s in stamps if s >= recovery.end_ns), default=0)
        wanted[k] = (before, after)
    firsts = {r.first.stamp_ns for r in judgement.recoveries if r.first}
    images = recording.images(firsts | {s for pair in wanted.values() for s in pair})
    return [_card(k, r, wanted[k], images, recording, reference_map) for k, r in enumerate(judgement.recoveries)]


def _card(
    index: int,
    recovery: Recovery,
    around: tuple[int, int],
    images: dict[int, Picture],
    recording: Recording,
    reference_map: ReferenceMap,
) -> Card:
    until = recovery.first.received_ns if recovery.first else np.inf
    silent = [
        s for s in recording.statuses if not s.accepted and recovery.start_ns <= s.stamp_ns and s.received_ns < until
    ]
    errors = np.array([(j.error_m, j.error_deg) for j in recovery.after]).reshape(-1, 2)
    median = np.median(errors, axis=0) if len(errors) else (np.nan, np.nan)
    worst = np.max(errors, axis=0) if len(errors) else (np.nan, np.nan)
    matched, evidence = _matched(recovery.first, images, recording, reference_map)
    return Card(
        number=index + 1,
        name=recovery.kidnap.name,
        seconds=recovery.seconds,
        poses=len(recovery.after),
        median_m=float(median[0]),
        worst_m=float(worst[0]),
        median_deg=float(median[1]),
        worst_deg=float(worst[1]),
        silence=", ".join(f"{reason} × {count}" for reason, count in Counter(s.reason for s in silent).most_common()),
        before=data_uri(images[around[0]], 560) if around[0] in images else "",
        after=data_uri(images[around[1]], 560) if around[1] in images else "",
        matched=matched,
        evidence=evidence,
    )


def _matched(
    first: Judged | None, images: dict[int, Picture], recording: Recording, reference_map: ReferenceMap
) -> tuple[str, str]:
    """Return the query of the first right pose beside the reference that shares most landmarks, and the evidence as
    text.
    """
    status = next((s for s in recording.statuses if first and s.stamp_ns == first.stamp_ns and s.accepted), None)
    if first is None or status is None or first.stamp_ns not in images or not reference_map.has_landmarks:
        return "", ""
    pose = recording.answers.pose[list(recording.answers.stamp_ns).index(first.stamp_ns)]
    query, best = images[first.stamp_ns], None
    for name in status.references[:5]:
        if name in reference_map.names:
            reference = reference_map.names.index(name)
            pair = landmarks_in_both(reference_map, reference, query, pose)
            if best is None or len(pair[0]) > len(best[1][0]):
                best = (reference, pair)
    if best is None:
        return "", ""
    sheet = side_by_side(query, np.array(reference_map.image(best[0])), *best[1])
    return data_uri(sheet, 1280), _evidence(status, len(best[1][0]))


def _evidence(status: Status, shown: int) -> str:
    words = f"{status.inliers} inliers over {len(status.references)} references, {shown} of them drawn"
    return words + (f"; the best other place had {status.runner_up}" if status.runner_up else "")
