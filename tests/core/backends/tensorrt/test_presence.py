"""Installations that lack something, as folders that are found before anything that is installed."""

import importlib.util
import subprocess
import sys
from types import SimpleNamespace

import pytest

from reloc.backends.tensorrt.presence import of_version

_ASK = """
import sys
from reloc.backends.tensorrt import PLUGIN
found = PLUGIN.availability()
print(found.usable, found.detail, found.fix, sep="|")
assert "tensorrt" not in sys.modules, "imported without need"
"""


@pytest.fixture
def ask(tmp_path):
    """Availability where these files, by path and content, are the first that Python finds."""

    def ask(files):
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{_ASK}"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
        assert done.stderr == ""
        return done.stdout.strip().split("|")

    return ask


without_cuda_python = pytest.mark.skipif(
    importlib.util.find_spec("cuda") is not None, reason="cuda-python is installed, and found first"
)
TENSORRT = {"tensorrt/__init__.py": "raise AssertionError('imported without need')"}


@without_cuda_python
def test_without_cuda_python(ask):
    usable, detail, fix = ask({**TENSORRT, "cuda/__init__.py": ""})
    assert usable == "False"
    assert "cuda-python" in detail
    assert "pip install cuda-python" in fix


@without_cuda_python
def test_cuda_python_that_does_not_load(ask):
    broken = "raise ImportError('libcudart.so.13: cannot open shared object file: No such file or directory')"
    files = {"cuda/__init__.py": "", "cuda/bindings/__init__.py": "", "cuda/bindings/runtime.py": broken}
    usable, detail, fix = ask({**TENSORRT, **files})
    assert usable == "False"
    assert detail.startswith("cuda-python cannot be imported: libcudart.so.13")
    assert "cuda-python" in fix


@without_cuda_python
def test_cuda_python_that_is_quite_broken(ask):
    files = {"cuda/__init__.py": "", "cuda/bindings/__init__.py": "", "cuda/bindings/runtime.py": "1 / 0"}
    usable, detail, fix = ask({**TENSORRT, **files})
    assert (usable, detail) == ("False", "ZeroDivisionError: division by zero")
    assert "Reinstall" in fix


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (SimpleNamespace(), "installed, but empty"),  # what uninstalling leaves behind
        (SimpleNamespace(__version__="11.0", Logger=object), "installed, but empty"),
        (SimpleNamespace(__version__="8.6.1", Builder=object), "TensorRT 8.6.1 is too old: 10 is required"),
    ],
)
def test_versions_that_will_not_do(module, words):
    presence = of_version(module, "Orin", "8.7")
    assert not presence.usable
    assert words in presence.detail
    assert "python3-libnvinfer" in presence.fix


@pytest.mark.parametrize("version", ["10.13.3.9", "11.4.0.106"])
def test_versions_that_will_do(version):
    presence = of_version(SimpleNamespace(__version__=version, Builder=object), "Orin", "8.7")
    assert presence.usable
    assert presence.device == "Orin"
    assert presence.detail == f"TensorRT {version}, compute capability 8.7"
