"""Which methods there are, and whether each loads."""

from __future__ import annotations

from reloc import plugins
from reloc.doctor.finding import Finding, State
from reloc.errors import DependencyError, RelocError

FOLDERS = {"localizer": "reloc.localizers", "retrieval": "reloc.retrieval", "source": "reloc.maps.sources"}


def check_plugins() -> list[Finding]:
    """Load every plugin of every kind."""
    return [_check(kind, package, name) for kind, package in FOLDERS.items() for name in plugins.names(package)]


def _check(kind: str, package: str, name: str) -> Finding:
    try:
        plugin = plugins.load(package, name)
    except DependencyError as error:
        return Finding("methods", f"{kind} {name}", State.ABSENT, error.problem, fix=error.fix)
    except RelocError as error:
        return Finding("methods", f"{kind} {name}", State.PROBLEM, error.problem, fix=error.fix)
    summary = (plugin.__doc__ or "").strip().partition("\n")[0].rstrip(".")
    return Finding("methods", f"{kind} {name}", State.OK, summary or "loads")
