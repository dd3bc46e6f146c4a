"""Parse a command line with the parser of its program, without running the program."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn
from unittest.mock import patch


class _Parsed(Exception):  # noqa: N818
    """The command line was parsed, so the program stops here."""


def check_reloc(words: list[str], root: Path) -> str:
    """Return the problem with ``reloc WORDS``; empty if its parsers accept them and all named things exist."""
    from reloc.cli.main import build_parser
    from reloc.errors import DependencyError, RelocError

    args: list[argparse.Namespace] = []
    try:
        with _without_torch():
            trouble = _trouble(lambda: args.append(build_parser().parse_args(words)))
    except (DependencyError, ModuleNotFoundError):
        return ""  # the options of `reloc train` come from tasks, which import torch
    except RelocError as error:
        placeholders = (repr(word) for word in words if word.isupper())  # `reloc train NAME`
        return "" if any(word in str(error) for word in placeholders) else str(error)
    if trouble or not args:  # --help parses nothing more
        return trouble
    return next(_unknown_names(vars(args[0]), root), "")


def check_demo(words: list[str]) -> str:
    """Return the problem with ``reloc-demo WORDS``; empty if there is none."""
    from reloc_demo import cli

    return _trouble(lambda: cli._parser().parse_args(words))


def check_script(file: Path, words: list[str]) -> str:
    """Return the problem with ``python FILE WORDS``, if the file's ``main`` parses its arguments; empty if there is
    none.
    """
    if not file.is_file():
        return f"{file.name} does not exist in {file.parent.name}/"
    if "ArgumentParser(" not in file.read_text():
        # Such a script would do its work instead of parsing.
        return f"{file.name} takes no arguments" if words and "sys.argv" not in file.read_text() else ""
    try:
        main = _module(file).main
    except Exception as error:
        return f"{file.name} cannot be imported ({error})"
    real: Callable[..., Any] = argparse.ArgumentParser.parse_args

    def parse_and_stop(self: argparse.ArgumentParser, *args: Any, **kwargs: Any) -> NoReturn:
        real(self, *args, **kwargs)
        raise _Parsed

    with (
        patch.object(sys, "argv", [str(file), *words]),
        patch.object(argparse.ArgumentParser, "parse_args", parse_and_stop),
        contextlib.suppress(_Parsed),
    ):
        return _trouble(main)
    return ""


@cache
def _module(file: Path) -> ModuleType:
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(f"docs_check_{file.stem}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses need their module there
    spec.loader.exec_module(module)
    return module


def _trouble(parse: Callable[[], object]) -> str:
    """Return the parser's complaint. Abbreviated options are refused."""
    said = io.StringIO()
    exact = patch.object(argparse.ArgumentParser, "_get_option_tuples", lambda self, text: [])
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said), exact:
        try:
            parse()
        except SystemExit as end:
            if end.code not in (0, None):  # --help and --version end with 0
                lines = [line for line in said.getvalue().splitlines() if "error: " in line]
                return lines[0] if lines else f"it ends with {end.code}"
    return ""


@contextlib.contextmanager
def _without_torch() -> Iterator[None]:
    """Allow to parse options of tasks whose files can be imported without torch."""
    from reloc.cli.parsing import needs_torch

    with patch.object(needs_torch, "check_torch", lambda: None):
        yield


def _unknown_names(args: dict[str, Any], root: Path) -> Iterator[str]:
    """Yield the problem of each unknown source, method or model, which parsers accept as text."""
    from reloc import plugins
    from reloc.maps.source import source_names

    source = args.get("source")
    if isinstance(source, str) and source and source not in source_names():
        yield f"there is no source {source}"
    methods = [args.get("localizer"), args.get("calibrate")]
    for method in (m for m in methods if isinstance(m, str) and m not in ("", "none")):
        if "." not in method and plugins.file_name(method) not in plugins.names("reloc.localizers"):
            yield f"there is no localizer {method}"
    for model in (args.get("model"), args.get("encode")):
        if isinstance(model, str) and model and not has_model(model, root):
            yield f"there is no model {model} in models/"


def has_model(name: str, root: Path) -> bool:
    """Return whether ``models/`` has a network with this name, or several networks that belong together."""
    return (root / "models" / name).is_dir() or any((root / "models").glob(f"{name}-*"))
