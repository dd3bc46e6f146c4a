"""Parameters of the trainer."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Parameters of the trainer. The task's own parameters define the data, the network and the number of steps."""

    device: str = param(
        "auto", "Training runs on this device. `auto` uses a GPU if there is one.", choices=("auto", "cpu", "cuda")
    )
    arithmetic: str = param(
        "auto",
        "The network computes in this arithmetic; weights stay float32. `auto` uses bf16 where the "
        "hardware has units for it.",
        choices=("auto", "float32", "bf16"),
        expert=True,
    )
    threads: int = param(
        0,
        "Each process uses this many torch threads. Raising it may be faster and takes cores from "
        "others; 0 shares all cores among the processes.",
        ge=0,
        le=1024,
        expert=True,
    )
    loaders: int = param(
        1, "This many threads prepare batches. Raise it if training waits for data.", ge=1, le=64, expert=True
    )
    prefetch: int = param(
        3,
        "This many batches are prepared ahead. Raising it costs memory and hides slow batches.",
        ge=1,
        le=64,
        expert=True,
    )
    channels_last: bool = param(
        True, "If true, weights and activations store channels last, which makes convolutions faster.", expert=True
    )
    clip_norm: float = param(
        0.0,
        "The norm of all gradients together is clipped to this. Raising it clips less; 0 never clips.",
        ge=0.0,
        expert=True,
    )
    ema: float = param(
        0.0,
        "The kept weights are a moving average with this decay. Raising it averages over more steps; 0 "
        "keeps the weights themselves.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    log_steps: int = param(
        20, "The log gets an entry after every N-th step. Raising it writes a shorter log.", ge=1, expert=True
    )
    validate_steps: int = param(
        500,
        "The network is validated after every N-th step. Raising it is faster and finds the best weights less exactly.",
        ge=1,
    )
    patience: int = param(
        0,
        "Training stops after this many validations without a better score. Raising it trains for "
        "longer; 0 never stops early.",
        ge=0,
        expert=True,
    )
    checkpoint_s: float = param(
        300.0,
        "A checkpoint is written after this time. Raising it loses more work in a crash; 0 writes one after each step.",
        unit="s",
        ge=0.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
