"""What the report of a training says first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reloc.pages.conclusion import FAIR, GOOD, POOR, Conclusion

_DID = {"finished": "finished", "stopped early": "stopped early, as it should,", "interrupted": "was interrupted"}


def conclude(about: Mapping[str, Any], validations: Sequence[Mapping[str, Any]]) -> Conclusion:
    """Return in words how far the training is, and how good its best weights are."""
    state, steps = str(about.get("state", "unknown")), about.get("steps", 0)
    best = about.get("best", {})
    if state == "diverged":
        return Conclusion(POOR, f"The training diverged after {steps} steps: its loss is not finite. Lower the rate.")
    words = f"The training {_DID.get(state, 'is ' + state)} after {steps} steps."
    figures = [f"{name.replace('_', ' ')} {value:.4g}" for name, value in best.items() if name != "step"]
    if not figures:
        return Conclusion(FAIR, f"{words} There is no validation yet.")
    words += f" The best weights are those of step {best['step']}: {', '.join(figures)}."
    last = max((int(entry["step"]) for entry in validations), default=int(best["step"]))
    if last > int(best["step"]):
        words += f" The {last - int(best['step'])} steps since were no better."
    return Conclusion(GOOD if state in ("finished", "stopped early") else FAIR, words)
