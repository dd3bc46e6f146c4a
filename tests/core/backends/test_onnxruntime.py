import onnxruntime
import pytest
from support.onnx_models import small_model

from reloc.backends.onnxruntime import PLUGIN, backend
from reloc.backends.onnxruntime.backend import OnnxRuntimeConfig
from reloc.errors import BackendUnavailableError, ConfigError


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("models") / "small", "float16")


def test_without_the_package(monkeypatch, model):
    monkeypatch.setitem(__import__("sys").modules, "onnxruntime", None)
    there = PLUGIN.availability()
    assert not there.usable
    assert "not installed" in there.detail
    assert "pip install onnxruntime" in there.fix
    with pytest.raises(BackendUnavailableError, match="not installed"):
        PLUGIN.open(model, OnnxRuntimeConfig())


def test_a_broken_package(monkeypatch):
    def broken():
        raise ImportError("libonnxruntime.so.1: cannot open shared object file")

    monkeypatch.setattr(onnxruntime, "get_available_providers", broken)
    there = PLUGIN.availability()
    assert not there.usable
    assert "libonnxruntime.so.1" in there.detail


def test_the_device_is_the_gpu_only_where_provider_and_driver_are_there(monkeypatch):
    cuda = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    for providers, gpu, device in ((cuda, "H100", "H100"), (cuda, "", "CPU"), (cuda[1:], "H100", "CPU")):
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda providers=providers: providers)
        monkeypatch.setattr(backend, "gpu_name", lambda index=0, gpu=gpu: gpu)
        assert PLUGIN.availability().device == device


def test_on_a_gpu_float16_is_best(monkeypatch, model):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"])
    monkeypatch.setattr(backend, "gpu_name", lambda index=0: "H100")
    assert list(PLUGIN.precisions(model)) == ["float16", "float32"]


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
def test_a_provider_that_is_not_there_is_refused(model, provider):
    if PLUGIN.availability().device != "CPU":
        pytest.skip("there is a GPU")
    with pytest.raises(BackendUnavailableError, match=rf"{provider}.*onnxruntime-gpu"):
        PLUGIN.open(model, OnnxRuntimeConfig(provider=provider))


def test_a_provider_that_does_not_load_is_refused(monkeypatch, model):
    """ONNX Runtime itself falls back to the processor, and prints a warning."""
    monkeypatch.setattr(backend, "gpu_name", lambda index=0: "H100")
    real = onnxruntime.get_available_providers()
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", *real])
    real_session = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime, "InferenceSession", lambda content, options, providers: real_session(content, options)
    )
    with pytest.raises(BackendUnavailableError, match="could not load its provider cuda"):
        PLUGIN.open(model, OnnxRuntimeConfig())


def test_parameters_are_checked():
    with pytest.raises(ConfigError, match="provider='rocm'"):
        OnnxRuntimeConfig(provider="rocm")


def test_the_float32_twin_is_what_runs_on_a_processor(monkeypatch, model):
    seen = []
    real = onnxruntime.InferenceSession

    def session(content, *args, **options):
        seen.append(content)
        return real(content, *args, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    opened = PLUGIN.open(model, OnnxRuntimeConfig(provider="cpu"))
    assert opened.precision == "float32"
    import onnx

    assert {w.data_type for w in onnx.load_from_string(seen[0]).graph.initializer} & {onnx.TensorProto.FLOAT16} == set()
    opened.close()
