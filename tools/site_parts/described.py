"""Let attributes have what stands beside them as their docstring: the text of a parameter, or the comment."""

from __future__ import annotations

import ast
from typing import Any

import griffe


class Described(griffe.Extension):
    """Give an attribute without a docstring its description."""

    def on_attribute_instance(self, *, node: Any, attr: griffe.Attribute, **kwargs: Any) -> None:
        """Read the second argument of `param(default, text)`, or the comment at the end of the line."""
        if attr.docstring is not None or not isinstance(node, ast.Assign | ast.AnnAssign):
            return
        text = _parameter(node.value) or _comment(attr)
        if text:
            attr.docstring = griffe.Docstring(text, parent=attr)


def _parameter(value: ast.expr | None) -> str:
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name) or value.func.id != "param":
        return ""
    texts = [a.value for a in value.args[1:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return "".join(texts)


def _comment(attr: griffe.Attribute) -> str:
    lines = attr.lines_collection[attr.filepath] if attr.lineno and not isinstance(attr.filepath, list) else []
    if not lines or attr.lineno is None or attr.lineno != attr.endlineno:
        return ""
    _, found, comment = lines[attr.lineno - 1].partition("  # ")
    return comment.strip().replace("noqa", "") if found else ""
