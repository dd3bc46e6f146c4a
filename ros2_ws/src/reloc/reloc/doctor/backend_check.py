"""Check which backends run networks here, which one is chosen, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from reloc.doctor.finding import CheckResult, CheckState
from reloc.doctor.probe import run_python
from reloc.errors import BackendError
from reloc.parsing import json_file
from reloc.parsing.blame import Blame

GROUP = "networks"
CHOSEN = "chosen"
_USUAL = "batches of 1"  # which the choice is about
_ASK = """
import json
from reloc.doctor.backend_check import report
print(json.dumps(report()))
"""


class _Report(msgspec.Struct):
    """The result of :func:`report`."""

    backends: dict[str, dict[str, Any]]
    choices: dict[str, dict[str, Any]]


def check_backends() -> list[CheckResult]:
    """Return one finding for each backend, one for the choice, and one for each model that has a name."""
    probe = run_python(_ASK)  # libraries and drivers are loaded, and any may crash
    if not probe.works:
        fix = "Reinstall openvino, onnxruntime or TensorRT, whichever is named"
        return [CheckResult(GROUP, "backends", CheckState.PROBLEM, f"cannot be checked: {probe.output}", fix=fix)]
    try:
        found = json_file.parse(probe.output, _Report, Blame("The answer", BackendError, ""))
    except BackendError as error:  # a library or driver printed into it
        fix = "Reinstall openvino, onnxruntime or TensorRT, whichever is named"
        return [CheckResult(GROUP, "backends", CheckState.PROBLEM, f"cannot be checked: {error.problem}", fix=fix)]
    findings = [
        CheckResult(
            GROUP,
            f"backend {name}",
            CheckState.OK if there["usable"] else CheckState.ABSENT,
            there["detail"],
            fix=there["fix"],
        )
        for name, there in found.backends.items()
    ]
    for name, choice in found.choices.items():
        state = CheckState.OK if choice["works"] else CheckState.PROBLEM
        findings.append(CheckResult(GROUP, name, state, choice["detail"], fix=choice["fix"]))
    return findings


def report() -> dict[str, Any]:
    """Collect what :func:`check_backends` needs, in a process of its own."""
    from reloc.backends.choice import choose, measured_times, survey
    from reloc.errors import RelocError
    from reloc.models import store
    from reloc.models.model import FLOAT16, Model, ModelFile

    any_model = Model(Path(), "any model", "", (), (), {FLOAT16: ModelFile("model.onnx", "", 0)}, None, None, {})
    choices = {}
    for name, folder in {CHOSEN: None, **{f"model {path.name}": path for path in store.available()}}.items():
        try:
            model = any_model if folder is None else Model.open(folder)
            choice = choose(model)
            detail = f"{choice.backend} in {choice.precision}: {choice.reason}"
            if folder is not None:
                detail += "".join(f"; {on}: {times}" for on, times in measured_times(model).items() if on != _USUAL)
            choices[name] = {"works": True, "detail": detail, "fix": ""}
        except RelocError as error:
            choices[name] = {"works": False, "detail": error.problem, "fix": error.fix}
    there = {
        name: {"usable": a.usable, "detail": f"{a.detail} ({a.device})" if a.device else a.detail, "fix": a.fix}
        for name, a in survey().items()
    }
    return {"backends": there, "choices": choices}
