"""Begin a run from a map and parameters, or continue it from its ``run.json``."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from reloc import plugins
from reloc.config import from_mapping, to_mapping
from reloc.errors import CheckpointError, TrainingError
from reloc.maps.attachments import bare_hash
from reloc.maps.progress import Progress, silent
from reloc.maps.reference_map import ReferenceMap
from reloc.threads import usable_cores
from reloc.training.config import TrainConfig
from reloc.training.distributed import TrainingProcesses
from reloc.training.run import TrainingRun
from reloc.training.task import TASKS, Task
from reloc.version import VERSION


def describe(
    name: str, task_config: Any, config: TrainConfig, reference_map: ReferenceMap | None, command: Sequence[str]
) -> dict[str, Any]:
    """Return the content of ``run.json`` for a new run; it suffices to repeat the run."""
    learned_from = None
    if reference_map is not None:
        learned_from = {
            "path": str(reference_map.path),
            "name": reference_map.manifest.name,
            "hash": bare_hash(reference_map.manifest),
        }
    return {
        "task": name,
        "config": to_mapping(task_config),
        "training": to_mapping(config),
        "map": learned_from,
        "commands": [list(command)],
        "begun": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "state": "begun",
    }


def command(arguments: Sequence[str], world: TrainingProcesses) -> list[str]:
    """Return the command line of this process as a person writes it."""
    torchrun = ["torchrun", "--nproc-per-node", str(world.size), "-m", "reloc.cli.main"]
    return [*(torchrun if world.size > 1 else ["reloc"]), *arguments]


def task_of(
    run: TrainingRun, world: TrainingProcesses | None = None, progress: Progress = silent, map_path: Path | None = None
) -> Task:
    """Return the task of a run, made from its configuration and its map, if it has one.

    Process 0 fills the workspace before the other processes make their tasks.

    Args:
        map_path: the map's present folder; by default the folder in ``run.json``.

    Raises:
        TrainingError: the map is not the one that the run began with.
    """
    world = world or TrainingProcesses()
    plugin = plugins.load(TASKS, run.told("task"))
    config = from_mapping(plugin.Config, run.told("config"))
    learned_from = run.told("map")
    tell = progress if world.writes else silent
    made: Task
    if learned_from is None:
        made = world.first(lambda: plugin.from_nothing(config, run.workspace, tell))
        return made
    opened = ReferenceMap.open(map_path or Path(learned_from["path"]), verify=world.writes)
    seen = bare_hash(opened.manifest)  # without the models, because they do not matter for training
    if seen != learned_from["hash"]:
        raise TrainingError(
            f"The map {opened.path} is not the one that {run.folder} was trained on: its hash is "
            f"{seen[:12]}, not {learned_from['hash'][:12]}",
            "Give the folder of that map with --map, or train again",
        )
    made = world.first(lambda: plugin.from_map(config, opened, run.workspace, tell))
    return made


def trained(task: Task, content: dict[str, Any]) -> nn.Module:
    """Return the task's network in eval mode, with the weights of a checkpoint (the moving average if there is one).

    Raises:
        CheckpointError: the weights belong to another network.
    """
    network = task.network().eval().requires_grad_(False)
    try:
        network.load_state_dict(content.get("average") or content["network"])
    except (RuntimeError, TypeError, ValueError) as error:
        why = " ".join(str(error).split())[:300]
        raise CheckpointError(
            f"The checkpoint does not match the network of {task.name}: {why}", "Train again"
        ) from error
    return network


def machine(world: TrainingProcesses, arithmetic: str) -> dict[str, Any]:
    """Describe the machine that trains."""
    device = "CPU" if world.device.type == "cpu" else torch.cuda.get_device_name(world.device)
    return {
        "device": device,
        "processor": _processor(),
        "cores": usable_cores(),
        "processes": world.size,
        "threads": torch.get_num_threads(),
        "arithmetic": arithmetic,
        "torch": str(torch.__version__),
        "reloc": VERSION,
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return found[0] if found else platform.processor() or platform.machine()
