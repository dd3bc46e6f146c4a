"""Read lists of text from a pickle without unpickling: nothing in it is imported, called or built.

Data sets for Python programs publish their splits as pickled dictionaries. Unpickling runs whatever the file says. Here
its instructions are walked, and only texts, lists, tuples and dictionaries are understood; all else is opaque.
"""

from __future__ import annotations

import pickletools
from typing import Any

from reloc.parsing.blame import Blame

_TEXTS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "SHORT_BINSTRING", "BINSTRING", "STRING"}
_PUTS, _GETS = {"BINPUT", "LONG_BINPUT", "PUT"}, {"BINGET", "LONG_BINGET", "GET"}
_NOTHING = {"PROTO", "FRAME"}
# What takes these many values from the stack and leaves one that is opaque here.
_OPAQUE = {"GLOBAL": 0, "STACK_GLOBAL": 2, "REDUCE": 2, "NEWOBJ": 2, "BUILD": 2, "NEWOBJ_EX": 3, "BINPERSID": 1}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MARK = object()


def texts_by_name(content: bytes, blame: Blame) -> dict[str, list[str]]:
    """Return the lists of text that a pickled dictionary holds, by their names; other values are left out.

    Raises:
        RelocError: the error class of ``blame``; it is no pickle of a dictionary.
    """
    try:
        value = _walk(content)
    except (
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        UnicodeError,
        RecursionError,
    ) as error:
        raise blame.refuse(f"is no pickle of lists: {error}") from error
    if not isinstance(value, dict):
        raise blame.refuse("is no pickle of a dictionary")
    return {
        name: list(values)
        for name, values in value.items()
        if isinstance(name, str) and isinstance(values, list | tuple) and all(isinstance(v, str) for v in values)
    }


def _walk(content: bytes) -> Any:
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for opcode, argument, _ in pickletools.genops(content):
        name = opcode.name
        if name == "STOP":
            return stack.pop()
        if name in _PUTS:
            memo[int(argument or 0)] = stack[-1]
        elif name in _GETS:
            stack.append(memo[int(argument or 0)])
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name not in _NOTHING:
            _step(name, argument, stack)
    raise EOFError("it has no end")


def _step(name: str, argument: Any, stack: list[Any]) -> None:
    if name in _TEXTS:
        stack.append(argument if isinstance(argument, str) else argument.decode())
    elif name == "MARK":
        stack.append(_MARK)
    elif name in ("EMPTY_LIST", "EMPTY_DICT"):
        stack.append([] if name == "EMPTY_LIST" else {})
    elif name in ("APPEND", "APPENDS"):
        values = _to_mark(stack) if name == "APPENDS" else [stack.pop()]
        if isinstance(stack[-1], list):
            stack[-1].extend(values)
    elif name in ("SETITEM", "SETITEMS"):
        values = _to_mark(stack) if name == "SETITEMS" else [stack.pop(), stack.pop()][::-1]
        if isinstance(stack[-1], dict):
            pairs = zip(values[::2], values[1::2], strict=True)
            stack[-1].update((key, value) for key, value in pairs if isinstance(key, str))
    elif name in ("LIST", "TUPLE", "DICT"):
        values = _to_mark(stack)
        stack.append(dict(zip(values[::2], values[1::2], strict=True)) if name == "DICT" else values)
    elif name in _TUPLES:
        count = _TUPLES[name]
        values = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        stack.append(values)
    elif name in ("POP", "POP_MARK", "DUP"):
        raise ValueError(f"it uses {name}")
    elif name in _OPAQUE:
        if len(stack) < _OPAQUE[name]:
            raise IndexError("it takes more than there is")
        del stack[len(stack) - _OPAQUE[name] :]
        stack.append(None)
    elif name in ("OBJ", "INST"):
        _to_mark(stack)
        stack.append(None)
    else:
        stack.append(None)  # numbers, bytes, sets


def _to_mark(stack: list[Any]) -> list[Any]:
    values = []
    while (value := stack.pop()) is not _MARK:
        values.append(value)
    return values[::-1]
