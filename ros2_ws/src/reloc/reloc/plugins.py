"""Find methods by name: one file or folder each, ``PLUGIN = TheClass``.

``localizers``, ``retrieval`` and ``maps.sources`` are folders of such files. To add a method, add a file; nothing is
registered anywhere. A plugin outside the package is named by its dotted path, ``my_package.my_method`` (a module with
``PLUGIN``).
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from typing import Any

from reloc.errors import DependencyError, PluginError
from reloc.nearest import did_you_mean
from reloc.parsing.blame import shown

TRUSTED_VARIABLE = "RELOC_PLUGINS"  # dotted paths of plugins that maps may name


def names(package: str) -> tuple[str, ...]:
    """Return the names of the plugins in ``package`` (for example ``reloc.localizers``) without importing them.

    A name that starts with an underscore or that is in the package's ``NOT_PLUGINS`` is not a plugin.
    """
    module = importlib.import_module(package)
    skip = set(getattr(module, "NOT_PLUGINS", ()))
    found = (m.name for m in pkgutil.iter_modules(module.__path__))
    return tuple(sorted(n for n in found if not n.startswith("_") and n not in skip))


def file_name(name: str) -> str:
    """Return the file of the plugin ``name``, without its suffix: ``exrenet_features`` of ``exrenet+features``."""
    return name.replace("-", "_").replace("+", "_")


def load(package: str, name: str) -> Any:
    """Return the class of the plugin ``name``: a file in ``package``, or a dotted path elsewhere.

    Raises:
        PluginError: there is no such plugin, or it does not define ``PLUGIN``.
        DependencyError: it exists, but a package it imports is not installed.
    """
    available = names(package)
    file = file_name(name)
    path = f"{package}.{file}" if file in available else name
    if file not in available and ("." not in name or not all(part.isidentifier() for part in name.split("."))):
        raise PluginError(f"Nothing in {package} is named {name!r}", _offer(name, available))
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name and (path == error.name or path.startswith(error.name + ".")):
            raise PluginError(f"Cannot import {path!r}", _offer(name, available)) from error
        raise DependencyError(
            f"{name!r} needs the package {error.name!r}, which is not installed", f"Try: pip install {error.name}"
        ) from error
    except ImportError as error:  # it exists but does not load: a library of another version, or a missing .so
        raise DependencyError(f"{name!r} cannot be imported: {error}", "Install the missing part again") from error
    try:
        return module.PLUGIN
    except AttributeError:
        raise PluginError(f"{path!r} is not a plugin", "Define PLUGIN = TheClass in it") from None


def load_told(package: str, name: str) -> Any:
    """Return the class of a plugin that a map names.

    Whoever wrote the map must not decide what is imported. So a plugin outside the package is only loaded if the user
    lists its dotted path in the environment variable RELOC_PLUGINS.

    Raises:
        PluginError: there is no such plugin, or it is outside the package and not listed.
        DependencyError: as for :func:`load`.
    """
    if file_name(name) not in names(package) and name not in os.environ.get(TRUSTED_VARIABLE, "").split(","):
        raise PluginError(
            f"The map names the plugin {shown(name)}, which is not part of reloc",
            f"If you trust that plugin, list it in the environment variable {TRUSTED_VARIABLE}, with commas between",
        )
    return load(package, name)


def _offer(name: str, available: tuple[str, ...]) -> str:
    there_are = f"There are: {', '.join(available)}"
    nearest = did_you_mean(name, available)
    return f"{nearest} {there_are}" if nearest else there_are
