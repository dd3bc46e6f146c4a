"""Run all checks and write the report."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from reloc.doctor.backend_check import check_backends
from reloc.doctor.finding import CheckResult, CheckState
from reloc.doctor.machine import check_machine
from reloc.doctor.map_check import check_map
from reloc.doctor.packages import check_packages
from reloc.doctor.plugin_check import check_plugins
from reloc.doctor.ros import check_ros
from reloc.doctor.use import what_is_used

_WIDEST = 24  # a map's path may be long
_MARK = {CheckState.OK: "+", CheckState.ABSENT: "-", CheckState.PROBLEM: "!"}


def examine(map_path: Path | None = None) -> list[CheckResult]:
    """Run all checks. Methods and map need the core's packages, so they are skipped without them."""
    findings = [*check_machine(), *check_packages()]
    if healthy(findings):
        findings += [*check_plugins(), *check_backends()]
        findings += check_map(map_path) if map_path else []
    return findings + check_ros()


def healthy(findings: Sequence[CheckResult]) -> bool:
    """Return whether everything essential works."""
    return not any(f.essential and f.state is not CheckState.OK for f in findings)


def as_text(findings: Sequence[CheckResult]) -> str:
    """Return the report: by group, then what to do."""
    width = min(_WIDEST, max(len(f.name) for f in findings))
    lines = []
    for group, members in groupby(findings, key=lambda f: f.group):
        lines += ["", group]
        lines += [_line(f, width) for f in members]
    lines += ["", "used here", *(f"  {line}" for line in what_is_used(findings))]
    lines += ["", "+ works   - absent, optional   ! needs a fix", "", *_to_do(findings)]
    return "\n".join(lines).lstrip("\n")


def _line(finding: CheckResult, width: int) -> str:
    use = f"  ({finding.use})" if finding.use else ""
    return f"  {_MARK[finding.state]} {finding.name:<{width}}  {finding.detail}{use}"


def _to_do(findings: Sequence[CheckResult]) -> list[str]:
    broken = [f for f in findings if f.state is CheckState.PROBLEM]
    absent = [f for f in findings if f.state is CheckState.ABSENT and f.fix]
    lines = ["All essential parts work." if healthy(findings) else "An essential part is missing."]
    for title, some in (("to fix:", broken), ("to install optional parts:", absent)):
        if some:
            lines += ["", title, *(textwrap.indent(f"{f.name}: {f.fix or f.detail}", "  ") for f in some)]
    return lines
