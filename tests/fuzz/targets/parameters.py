"""Values of parameters by name, as a YAML file, a node or ``--param`` gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

from fuzz.mutation import json_tree
from fuzz.target import NotAnInput, Target
from fuzz.targets._configs import all_configs
from reloc.config import from_mapping, parameters, to_mapping


class Parameters(Target):
    """The defaults of every dataclass of parameters, one after the other."""

    name = "parameters"

    def seeds(self) -> Sequence[bytes]:
        """One a dataclass."""
        return [
            json.dumps([name, {p.name: p.default for p in parameters(cls)}]).encode()
            for name, cls in all_configs().items()
        ]

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """Only the values and names of parameters."""
        tree = json_tree.loaded(data)
        if not isinstance(tree, list) or len(tree) != 2:
            return data
        for _ in range(random.choice((1, 1, 3))):
            tree[1] = json_tree.changed(tree[1], random)
        return json_tree.dumped(tree)

    def run(self, data: bytes) -> None:
        """Make the config, and ask it for its values."""
        tree = json_tree.loaded(data)
        if not (isinstance(tree, list) and len(tree) == 2 and isinstance(tree[1], dict) and tree[0] in all_configs()):
            raise NotAnInput
        to_mapping(from_mapping(all_configs()[tree[0]], tree[1]))


TARGET = Parameters()
