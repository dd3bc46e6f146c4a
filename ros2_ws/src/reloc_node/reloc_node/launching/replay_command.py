"""Build the command with which replay.launch.py plays a bag."""

from __future__ import annotations

from collections.abc import Mapping

from reloc.errors import ConfigError
from reloc_node.launching.arguments import is_true


def replay_command(given: Mapping[str, str]) -> list[str]:
    """Return the command `reloc replay` for the arguments. It begins when the localizer subscribes to the images.

    Raises:
        ConfigError: no bag is given.
    """
    if not given["bag"]:
        raise ConfigError("No bag is given", "Give its folder, for example bag:=drive/")
    images = given["image"] + ("/compressed" if given["image_transport"] == "compressed" else "")
    command = ["reloc", "replay", given["bag"], "--rate", given["rate"]]
    command += ["--wait-for", images if images.startswith("/") else f"/{images}"]
    command += ["--loop"] if is_true(given["loop"]) else []
    return [*command, "--keep-tf"] if is_true(given["keep_tf"]) else command
