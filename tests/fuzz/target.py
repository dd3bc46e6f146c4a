"""What a target is: seeds that are valid, and a reader that is shown what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

from fuzz.mutation.choose import mutated


class NotAnInput(Exception):  # noqa: N818  # no error: the input is skipped
    """What the mutation made cannot reach the reader in real life."""


class Target:
    """Base of all targets. An input is bytes, whatever the reader takes: a folder is a path in it and a content."""

    name: str
    needs: str = ""  # a package without which the target is left out
    cost = 1  # an input takes about so many times as long as most targets'; it gets fewer where inputs are counted
    memory_mb = 1024  # what one input may make the process grow by, and what all together may leave behind
    allowed: tuple[type[BaseException], ...] = ()  # what may be raised beside RelocError

    def open(self, folder: Path) -> None:
        """Prepare in a scratch folder, once in each process. Everything the reader writes belongs in there."""

    def seeds(self) -> Sequence[bytes]:
        """Valid inputs: the reader must accept each of them."""
        raise NotImplementedError

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """A broken version of ``data``; ``others`` are inputs to take pieces from."""
        return mutated(data, others, random)

    def run(self, data: bytes) -> None:
        """Show the input to the reader.

        Raises:
            RelocError: the reader refuses it, by name.
            NotAnInput: it never came to the reader.
        """
        raise NotImplementedError
