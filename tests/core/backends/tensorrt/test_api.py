"""That the installed TensorRT and cuda-python have every name that is used of them. Needs no GPU."""

import ast
from pathlib import Path

import pytest
from support.optional import need

from reloc.backends.tensorrt import presence
from reloc.errors import BackendUnavailableError

FOLDER = Path(presence.__file__).parent
# What the variables in these files are.
BUILDER = {
    "builder": "Builder",
    "network": "INetworkDefinition",
    "config": "IBuilderConfig",
    "parser": "OnnxParser",
    "profile": "IOptimizationProfile",
    "error": "ParserError",
}
LANE = {"engine": "ICudaEngine", "context": "IExecutionContext", "_context": "IExecutionContext"}
SESSION = {"runtime": "Runtime"}


def chains(file):
    """Attributes as they are written: ["trt", "ILogger", "Severity", "ERROR"]."""
    for node in ast.walk(ast.parse((FOLDER / file).read_text())):
        names = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if isinstance(node, ast.Name) and names:
            yield [node.id, *names]


def reaches(start, names):
    for name in names:
        if not hasattr(start, name):
            return False
        start = getattr(start, name)
    return True


@pytest.mark.parametrize(
    ("file", "variables"),
    [("builder.py", BUILDER), ("lane.py", LANE), ("session.py", SESSION)],
)
def test_every_name_of_tensorrt_is_there(file, variables):
    trt = need("tensorrt", "TensorRT is not installed")
    used, missing = set(), []
    for first, *names in chains(file):
        if first == "trt":
            used.add("trt")
            if not reaches(trt, names):
                missing.append(".".join(names))
        if first == "self":
            first, *names = names
        if first in variables and names:
            used.add(first)
            if not hasattr(getattr(trt, variables[first]), names[0]):
                missing.append(f"{variables[first]}.{names[0]}")
    assert missing == []
    assert used == {"trt", *variables}


def test_every_name_of_cuda_is_there():
    need("cuda.bindings", "cuda-python is not installed")
    from cuda.bindings import runtime

    used = [names for first, *names in chains("cuda.py") if first == "cudart"]
    assert len(used) > 20
    assert [".".join(names) for names in used if not reaches(runtime, names)] == []


def test_tensorrt_that_cannot_use_cuda_says_so():
    need("tensorrt", "TensorRT is not installed")
    need("cuda.bindings", "cuda-python is not installed")
    if presence.examine().usable:
        pytest.skip("it can, here")
    from reloc.backends.tensorrt import builder, session

    with pytest.raises(BackendUnavailableError, match=r"builder cannot be created.*cannot use CUDA.*nvidia-smi"):
        builder.made(builder.trt.Builder, "TensorRT's builder cannot be created")
    with pytest.raises(BackendUnavailableError, match=r"runtime cannot be created"):
        session.load(b"engine")
