"""The list of what to run: a text file with one command of reloc a line."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from reloc.errors import ConfigError
from reloc.parsing.blame import Blame, shown
from reloc.parsing.text_file import read_lines

OUT = "{out}"  # in a command: the item's own folder
COMMANDS = (("map", "build"), ("eval",), ("kidnap-test",))
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FIX = "Write lines such as hall: map build hall.mcap --source rosbag2 --out {out}/hall.map"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One command with a name; the name is that of its folder."""

    name: str
    arguments: tuple[str, ...]  # with :data:`OUT` where the item's folder goes

    def command(self, folder: Path) -> list[str]:
        """Return the arguments of ``reloc`` that write into ``folder``."""
        return [argument.replace(OUT, str(folder)) for argument in self.arguments]


def read(file: Path) -> tuple[WorkItem, ...]:
    """Read a list of items. Empty lines and comments (#) do not count.

    Raises:
        ConfigError: the file is missing, no text or empty; or a line has no name, a name that is no folder's or occurs
            twice, a command that does not work in a batch, or no ``{out}``.
    """
    found: dict[str, WorkItem] = {}
    for number, line in read_lines(file, Blame(str(file), ConfigError, "Give a text file of commands")):
        where = f"{file}, line {number}"
        name, colon, command = line.partition(":")
        name = name.strip()
        if not colon or not _NAME.fullmatch(name):
            problem = f"{where}: {shown(line)} does not begin with a name of letters, digits, - and _, and a colon"
            raise ConfigError(problem, _FIX)
        if name in found:
            raise ConfigError(f"{where}: the name {name} occurs twice", "Give each line its own name")
        found[name] = WorkItem(name, _arguments(command, where))
    if not found:
        raise ConfigError(f"{file} holds no command", _FIX)
    return tuple(found.values())


def _arguments(command: str, where: str) -> tuple[str, ...]:
    try:
        arguments = tuple(shlex.split(command, comments=True))
    except ValueError as error:
        raise ConfigError(f"{where}: {shown(command.strip())} cannot be read: {error}", "Close the quotes") from error
    if not any(arguments[: len(words)] == words for words in COMMANDS):
        known = ", ".join(" ".join(words) for words in COMMANDS)
        raise ConfigError(f"{where}: {shown(' '.join(arguments[:2]))} cannot run in a batch", f"Use one of: {known}")
    if not any(OUT in argument for argument in arguments):
        fix = f"Write its results into the item's folder, for example --json {OUT}/figures.json"
        raise ConfigError(f"{where}: the command keeps nothing, because it has no {OUT}", fix)
    return arguments
