"""Write the model card: what a user must know about a model."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from reloc.models.tensor import TensorSpec
from reloc.training.parity import Parity


@dataclass(frozen=True, slots=True)
class CardText:
    """The task's part of the card. Sentences of Markdown; tables by name and figure."""

    what: str  # its purpose and paper
    inputs: Mapping[str, str]  # the meaning of each input, by name
    outputs: Mapping[str, str]  # the meaning, frame and unit of each output, by name
    preprocessing: str
    recipe: str  # description of the training
    data: str
    licence: str
    accuracy: Mapping[str, str]  # on held-out data
    uncertainty: str
    limits: Sequence[str] = field(default_factory=tuple)  # its limits


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file of the model."""

    name: str
    precision: str
    size: int  # bytes
    sha256: str


def write_card(
    name: str, text: CardText, run: Mapping[str, Any] | None, inputs: Sequence[TensorSpec],
    outputs: Sequence[TensorSpec], files: Sequence[FileFacts], parities: Sequence[Parity],
) -> str:  # fmt: skip
    """Return the card as Markdown; ``run`` is the content of ``run.json``, if it was trained here."""
    environment = Environment(
        loader=PackageLoader("reloc.training"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # Markdown, not HTML: nothing is escaped
    environment.filters["shape"] = lambda shape: " × ".join("batch" if n is None else str(n) for n in shape)
    return environment.get_template("card.md").render(
        name=name,
        text=text,
        run=run,
        commands=[shlex.join(c) for c in run["commands"]] if run else [],
        inputs=inputs,
        outputs=outputs,
        files=files,
        parities=parities,
    )
