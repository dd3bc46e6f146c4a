"""How the trainer works, whatever it trains."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """The trainer's parameters; what is learned, from what and for how many steps is the task's."""

    device: str = param("auto", "where to train; auto: a GPU if there is one", choices=("auto", "cpu", "cuda"))
    arithmetic: str = param(
        "auto",
        "arithmetic of the network; weights stay float32; auto: bf16 where the processor or GPU has units for it",
        choices=("auto", "float32", "bf16"),
    )
    threads: int = param(0, "threads of torch in each process; 0: all cores, shared by the processes", ge=0, le=1024)
    loaders: int = param(1, "threads that make batches", ge=1, le=64)
    prefetch: int = param(3, "batches made ahead", ge=1, le=64)
    channels_last: bool = param(True, "keep weights and activations with the channels last: faster convolutions")
    clip_norm: float = param(0.0, "largest norm of all gradients together; 0: no limit", ge=0.0)
    ema: float = param(
        0.0,
        "decay of the moving average of the weights, which is then what is judged and kept; 0: none",
        ge=0.0,
        le=1.0,
    )
    log_steps: int = param(20, "steps between two entries of the log", ge=1)
    validate_steps: int = param(500, "steps between two looks at what is held out", ge=1)
    patience: int = param(0, "looks without a better score until training stops early; 0: never", ge=0)
    checkpoint_s: float = param(300.0, "time between two checkpoints", unit="s", ge=0.0)

    def __post_init__(self) -> None:
        validate(self)
