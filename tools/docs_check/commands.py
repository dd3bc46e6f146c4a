"""Check commands: those of this repository by their parsers; others must be valid shell and known here."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import yaml

from docs_check.parameters import check_file, check_parameter, launch_arguments
from docs_check.parsers import check_demo, check_reloc, check_script
from docs_check.text import Block, Page, command_lines

# Other programs that a page may call. Their arguments are not checked.
_OTHERS = {
    "sudo",
    "apt",
    "pip",
    "export",
    "for",
    "do",
    "done",
    "docker",
    "colcon",
    "torchrun",
    ".",
    "source",
    "cd",
    "tensorboard",
    "bloom-generate",
    "echo",
    "rosdep",
    "fakeroot",
    "pyproject-build",
    "twine",
    "ssh",
}
_OWN = ("reloc ", "reloc-demo ", "python ", "make ", "ros2 ", "localizer ", "map_server ", "reloc_map_server ")
_NODES = ("localizer", "map_server", "reloc_map_server")  # map_server is the old name of reloc_map_server
_REMAPS = {"image", "image/compressed", "camera_info", "initialpose", "amcl_pose", "map_info"}
_PYTHON, _SHELL = ("python", "py"), ("", "sh", "bash", "shell", "console")


def check_commands(page: Page, root: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the problem of each command that its program would refuse."""
    for block in page.blocks:
        yield from _check_block(block, root)
    for line, text in page.spans:
        # A code span may name a command without its arguments.
        if text.startswith(_OWN) and len(text.split()) > 1:
            trouble = check_line(text, root)
            if trouble and "required" not in trouble:
                yield line, f"{trouble}: {text}"


def _check_block(block: Block, root: Path) -> Iterator[tuple[int, str]]:
    if block.language in _PYTHON:
        try:
            ast.parse(block.text)
        except SyntaxError as error:
            yield block.line + (error.lineno or 1) - 1, f"no Python: {error.msg}"
    elif block.language in ("yaml", "yml") or (block.language in _SHELL and _looks_like_parameters(block.text)):
        yield from _check_yaml(block, root)
    elif block.language in _SHELL:
        for line, text in command_lines(block):
            if trouble := check_line(text, root):
                yield line, f"{trouble}: {text}"


def _looks_like_parameters(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return bool(lines) and bool(re.fullmatch(r"[\w/*~-]+:", lines[0].strip()))


def _check_yaml(block: Block, root: Path) -> Iterator[tuple[int, str]]:
    lines = block.text.splitlines()
    # After a parameter file, a block may contain the command that uses it.
    last = next((n for n, line in enumerate(lines) if line.startswith(_OWN)), len(lines))
    try:
        tree = yaml.safe_load("\n".join(lines[:last]))
    except yaml.YAMLError as error:
        yield block.line, f"no YAML: {error}"
        return
    for trouble in check_file(tree, root):
        yield block.line, trouble
    for line, text in command_lines(Block(block.line + last, "", "\n".join(lines[last:]))):
        if trouble := check_line(text, root):
            yield line, f"{trouble}: {text}"


def check_line(text: str, root: Path) -> str:
    """Return the problem with one command line; empty if there is none."""
    if re.match(r"\w+Error: ", text):
        return ""  # the output of a command
    if " && " in text:
        return next(filter(None, (check_line(part, root) for part in text.split(" && "))), "")
    try:
        words = shlex.split(text, comments=True)
    except ValueError as error:
        return f"no shell command ({error})"
    while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):  # FOO=bar command
        words = words[1:]
    words = [_concrete(word) for word in words if word not in ("...", "…")]
    if not words:
        return ""
    check = _CHECKS.get(words[0])
    if check is not None:
        return check(words[1:], root)
    return "" if words[0] in _OTHERS else f"unknown command {words[0]}"


def _concrete(word: str) -> str:
    """Return a value for a placeholder: NAME for ``NAME|MAP`` and for ``[NAME]``."""
    return word.strip("[]").split("|")[0] if re.fullmatch(r"\[?[A-Z]+(\|[A-Z]+)*\]?", word) else word


def _reloc(words: list[str], root: Path) -> str:
    return "" if words[:1] and words[0].isupper() else check_reloc(words, root)


def _python(words: list[str], root: Path) -> str:
    if words[:1] == ["-m"]:
        name = words[1] if len(words) > 1 else ""
        try:
            there = importlib.util.find_spec(name) is not None
        except ModuleNotFoundError:
            there = False
        # `python -m fuzz` runs with tests/ on its path.
        return "" if there or (root / "tests" / name.replace(".", "/")).exists() else f"there is no module {name}"
    if not words or words[0] in ("-", "-c"):
        return ""
    if words[0].startswith(("benchmarks/", "tools/")):
        return check_script(root / words[0], words[1:])
    return f"unknown script {words[0]}"


def _make(words: list[str], root: Path) -> str:
    makefile = (root / "Makefile").read_text()
    setup = "".join(file.read_text() for file in (root / "tools").glob("*.sh"))  # the script reads make's variables
    for word in words:
        name, given, _ = word.partition("=")
        if given and f"$({name})" not in makefile and f"${{{name}" not in setup:
            return f"the Makefile has no variable {name}"
        if not given and not re.search(rf"^{re.escape(name)}:", makefile, re.MULTILINE):
            return f"there is no target {name}"
    return ""


def _ros2(words: list[str], root: Path) -> str:
    match words:
        case ["launch", "reloc_node", file, *given]:
            if not (root / "launch" / file).is_file():
                return f"there is no launch file {file}"
            names = (word.partition(":=")[0] for word in given)
            wrong = [name for name in names if name not in launch_arguments(root / "launch" / file)]
            return f"{file} has no argument {wrong[0]}" if wrong else ""
        case ["run", "reloc_node", node, *given]:
            return _node(given, root) if node in _NODES else f"reloc_node has no executable {node}"
        case ["param", ("set" | "get" | "describe"), node, name, *_] if node.rpartition("/")[2] in _NODES:
            return check_parameter(name, root)
        case ["action", "send_goal", *given]:
            return _goal([word for word in given if not word.startswith("--")], root)
    return ""


def _goal(words: list[str], root: Path) -> str:
    kind, goal = words[1], yaml.safe_load(words[2]) if len(words) > 2 else {}
    package, _, name = kind.partition("/action/")
    if package != "reloc_msgs":
        return ""
    file = root / "ros2_ws" / "src" / package / "action" / f"{name}.action"
    if not file.is_file():
        return f"{package} has no action {name}"
    fields = re.findall(r"^[\w/\[\]]+ (\w+)$", file.read_text().split("---")[0], re.MULTILINE)
    wrong = [key for key in goal if key not in fields]
    return f"a goal of {name} has no field {wrong[0]}" if wrong else ""


def _node(words: list[str], root: Path) -> str:
    for option, value in pairwise(words):
        name = value.partition(":=")[0]
        if option == "-p" and (trouble := check_parameter(name, root)):
            return trouble
        if option == "-r" and name not in _REMAPS and not name.startswith("__"):
            return f"no node has the topic {name}"
    return ""


_CHECKS: dict[str, Callable[[list[str], Path], str]] = {
    "reloc": _reloc,
    "reloc-demo": lambda words, root: check_demo(words),
    "python": _python,
    "make": _make,
    "ros2": _ros2,
    "localizer": _node,
    "map_server": _node,
    "reloc_map_server": _node,
}
