"""Check which methods exist, and whether each loads."""

from __future__ import annotations

from reloc import plugins
from reloc.doctor.finding import CheckResult, CheckState
from reloc.errors import DependencyError, RelocError
from reloc.maps.source import ALIASES

FOLDERS = {
    "localizer": "reloc.localizers",
    "features": "reloc.features",
    "retrieval": "reloc.retrieval",
    "source": "reloc.maps.sources",
}


def check_plugins() -> list[CheckResult]:
    """Load every plugin of every kind."""
    called = {file: name for name, file in ALIASES.items()}
    return [
        _check(f"{kind} {called.get(name, name)}", package, name)
        for kind, package in FOLDERS.items()
        for name in plugins.names(package)
    ]


def _check(label: str, package: str, name: str) -> CheckResult:
    try:
        plugin = plugins.load(package, name)
    except DependencyError as error:
        return CheckResult("methods", label, CheckState.ABSENT, error.problem, fix=error.fix)
    except RelocError as error:
        return CheckResult("methods", label, CheckState.PROBLEM, error.problem, fix=error.fix)
    summary = (plugin.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    return CheckResult("methods", label, CheckState.OK, summary or "loads")
