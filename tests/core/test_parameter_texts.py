"""The description of every parameter of every Config can be read alone: what can be checked of that."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

import reloc
from reloc.config import Parameter, parameters, shared_configs

PACKAGE = Path(reloc.__file__).parent
NODES = ("reloc_node.config", "reloc_node.outputs.seed_config", "reloc_node.relocalize.config")
WORDS = 25  # of a sentence, at most
UNITS = {"_m": "m", "_s": "s", "_px": "px", "_deg": "deg", "_mb": "MB", "_bytes": "byte"}
MEANT_UNITS = {"drift_deg": "deg/m", "odometry_drift_deg": "deg/m", "max_turn_deg": "deg/s"}
# Their 0 is a number like any other.
ORDINARY_ZERO = {"seed", "device"}
# One sets what is so: there is no more and less.
FACTS = {"seed", "device", "depth_scale", "view_deg", "aspect", "columns", "rows", "square", "marker", "tag_origin"}
VERBS = frozenset(
    re.findall(
        r"\w+",
        """added agree agrees answer answers are assumed be begin begins belong blurred choose chosen clipped come
        comes compared compares computes contain contributes count counts delivers demands draws drifts drives
        dropped encodes equal equals err errs expected explains fetches found generates gets give gives has have
        is keep keeps kept kidnapped launches learned learns lie lies localizes made matched matches may measured
        meet mirrored moved moves must names needs opens predicts prepare prepared proposes publishes reduced
        refused removed rendered repeated replace replaces report requires resemble runs scales search searched
        searches see seeds serves shortens show shrunk solves start starts steps stops store stores subscribes
        supplies take trains triangulates tried turned turns uses validated vary viewed waits was widens written""",
    )
)
FRAGMENTS = (
    "where", "of", "this and", "nor", "the same", "how", "whether", "what", "which", "most", "least", "nearest",
    "farthest", "greatest", "with the", "and", "or", "lost", "so", "likewise", "minimum", "maximum", "as", "that",
)  # fmt: skip
FORBIDDEN = (
    "this and", "no oftener", "so many", "of which", "what is", "as ever", "so-manieth", "nothing elsewhere",
    "for good", "as on the first day", "hold against", "bear it out", "borne out", "of no use", "speaks of",
)  # fmt: skip
BRITISH = re.compile(
    r"colour|centre|metre|grey|neighbour|calibrat?is|optimis|normalis|initialis|travell|modell|labell|favour|behaviour"
    r"|\w+isation\b|catalogue|licence|judgement|artefact|oftener",
    re.IGNORECASE,
)


def is_parameter(item: ast.stmt) -> bool:
    """Whether this is a field of a config: ``name: type = param(...)`` or ``same(...)``."""
    if not (isinstance(item, ast.AnnAssign) and isinstance(item.value, ast.Call)):
        return False
    return ast.unparse(item.value.func) in ("param", "same")


@cache
def written() -> dict[str, list[str]]:
    """By module, the classes whose source has parameters: those of the core, and of the node where it is installed."""
    files = {".".join(("reloc", *f.relative_to(PACKAGE).with_suffix("").parts)): f for f in PACKAGE.rglob("*.py")}
    for name in NODES:
        spec = importlib.util.find_spec(name.partition(".")[0])
        if spec is not None and spec.submodule_search_locations:
            files[name] = Path(spec.submodule_search_locations[0], *name.split(".")[1:]).with_suffix(".py")
    found = {}
    for name, file in sorted(files.items()):
        classes = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ClassDef))
        if chosen := [node.name for node in classes if any(map(is_parameter, node.body))]:
            found[name] = chosen
    return found


@cache
def configs() -> dict[str, type]:
    """Every dataclass with parameters, by module and name."""
    found: dict[str, type] = {}
    for name in written():
        module = importlib.import_module(name)
        for cls in vars(module).values():
            if isinstance(cls, type) and dataclasses.is_dataclass(cls) and cls.__module__ == name and parameters(cls):
                found[f"{name}.{cls.__qualname__}"] = cls
    return found


@cache
def described() -> list[tuple[str, Parameter]]:
    return [(f"{name}.{p.name}", p) for name, cls in configs().items() for p in parameters(cls)]


def failures(wrong: dict[str, str]) -> str:
    return "\n".join(f"{name}: {text}" for name, text in wrong.items())


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?]) +(?=[A-Z0-9`])", text)


def test_every_config_of_the_packages_is_found() -> None:
    missing = {f"{module}.{name}" for module, names in written().items() for name in names} - set(configs())
    assert not missing
    assert len(configs()) > 25
    assert len(described()) > 350


def test_one_or_two_whole_sentences_of_few_words() -> None:
    wrong = {}
    for name, p in described():
        parts = sentences(p.doc)
        whole = p.doc[:1].isupper() or p.doc.startswith("`")
        if not (whole and p.doc.endswith(".") and len(parts) <= 2 and "  " not in p.doc):
            wrong[name] = p.doc
        for part in parts:
            if len(part.split()) > WORDS:
                wrong[name] = part
    assert not wrong, failures(wrong)


def test_each_begins_as_a_sentence_and_has_a_verb() -> None:
    wrong = {}
    for name, p in described():
        first = sentences(p.doc)[0]
        words = [word.lower() for word in re.findall(r"[A-Za-z']+", first)]
        start = first.lower()
        if any(start.startswith(f"{opening} ") for opening in FRAGMENTS) or not VERBS.intersection(words):
            wrong[name] = first
    assert not wrong, failures(wrong)


def test_the_unit_of_the_name_is_the_unit_of_the_parameter() -> None:
    wrong = {}
    for name, p in described():
        wanted = MEANT_UNITS.get(p.name) or next((u for end, u in UNITS.items() if p.name.endswith(end)), None)
        if wanted is not None and p.unit != wanted:
            wrong[name] = f"unit {p.unit!r}, its name says {wanted!r}"
    assert not wrong, failures(wrong)


def test_zero_and_empty_are_explained_where_they_are_the_default() -> None:
    wrong = {}
    for name, p in described():
        number = p.type in (int, float) and p.default == 0 and p.name not in ORDINARY_ZERO
        if number and not re.search(r"\b0\b", p.doc):
            wrong[name] = f"0 is not explained: {p.doc}"
        if p.type is str and p.default == "" and "mpty" not in p.doc:
            wrong[name] = f"empty is not explained: {p.doc}"
    assert not wrong, failures(wrong)


def test_what_raising_a_number_does_is_said() -> None:
    wrong = {
        name: p.doc
        for name, p in described()
        if p.type in (int, float) and p.name not in FACTS and not re.search(r"\b(Rais|Lower|rais|lower)", p.doc)
    }
    assert not wrong, failures(wrong)


def test_true_is_explained() -> None:
    wrong = {name: p.doc for name, p in described() if p.type is bool and not p.doc.startswith("If true,")}
    assert not wrong, failures(wrong)


def test_no_forbidden_phrase_and_american_spelling() -> None:
    wrong = {}
    for name, p in described():
        plain = re.sub(r"--\S+|`[^`]*`", "", p.doc)
        found = [phrase for phrase in FORBIDDEN if re.search(rf"\b{re.escape(phrase)}\b", plain.lower())]
        found += BRITISH.findall(plain)
        if found:
            wrong[name] = f"{found}: {p.doc}"
    assert not wrong, failures(wrong)


def test_shared_parameters_have_names_of_their_own() -> None:
    """A shared config's parameters can be given without their prefix, so none may have a name of the config's own."""
    for name, cls in configs().items():
        own = {p.name for p in parameters(cls)}
        for one in shared_configs(cls):
            assert not own & {p.name for p in parameters(one.config)}, name


@pytest.mark.parametrize(
    "text",
    [
        "this and, of the rotation, below this",
        "Lost where of the cells of that grid fewer show it where it should be.",
        "Minimum number of matches.",
    ],
)
def test_the_checks_can_fail(text: str) -> None:
    first = sentences(text)[0].lower()
    words = set(re.findall(r"[a-z']+", first))
    assert any(first.startswith(f"{opening} ") for opening in FRAGMENTS) or not VERBS & words


# Plugins of these folders must not import one another, so each writes its own texts; `maps` lies below the rest.
MAY_REPEAT = ("reloc.backends.", "reloc.features.", "reloc.retrieval.", "reloc.maps.")


def texts_written(source: str) -> list[str]:
    """The descriptions that a module writes by itself, in calls of ``param``."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    called = [call for call in calls if ast.unparse(call.func) == "param" and len(call.args) > 1]
    return [call.args[1].value for call in called if isinstance(call.args[1], ast.Constant)]


def test_each_description_is_written_once() -> None:
    """What two configs share is written in one of them; the other one takes it with ``same`` or ``shared``."""
    modules: dict[str, list[str]] = {}
    for name in written():
        if not name.startswith(MAY_REPEAT):
            spec = importlib.util.find_spec(name)
            assert spec is not None
            assert spec.origin is not None
            for text in texts_written(Path(spec.origin).read_text()):
                modules.setdefault(text, []).append(name)
    assert len(modules) > 250
    assert not {text: names for text, names in modules.items() if len(names) > 1}


def test_a_description_that_is_written_twice_is_found() -> None:
    repeated = 'a: int = param(1, "Text.")\nb: int = param(2, "Te" "xt.", ge=0)\nc: int = same(Config, "a")\n'
    assert texts_written(repeated) == ["Text.", "Text."]
