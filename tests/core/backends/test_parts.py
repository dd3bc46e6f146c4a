"""What backends share: arrays, messages, the processor, the GPU's driver."""

import numpy as np
import pytest
from support.onnx_models import small_model

from reloc.backends.hardware import nvidia
from reloc.backends.hardware.processor import Processor, of
from reloc.backends.lanes import ALIGNED, aligned, views
from reloc.backends.onnxruntime.messages import named
from reloc.backends.onnxruntime.providers import provider_options
from reloc.errors import BackendError, GpuMemoryError, ModelFormatError, UnsupportedOperatorError


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ("fpu avx2 avx512f", Processor("", "", "")),
        ("fpu avx512f avx512_vnni", Processor("", "AVX-512 VNNI", "")),
        ("avx512_bf16 avx512_vnni amx_bf16 amx_tile amx_int8", Processor("AMX BF16", "AMX int8", "")),
        ("avx512_fp16 avx_vnni", Processor("", "AVX VNNI", "AVX-512 FP16")),
    ],
)
def test_processors_of_intel_and_amd(flags, found):
    assert of(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: amx_fp16\n") == found


def test_processors_of_arm_and_unknown_ones():
    assert of("Features\t: fp asimd asimdhp asimddp bf16\n") == Processor("", "NEON dot products", "NEON FP16")
    assert of("") == Processor("", "", "")


@pytest.mark.parametrize("dtype", ["uint8", "float32", "int64"])
def test_arrays_begin_where_vectors_do(dtype):
    for _ in range(20):
        array = aligned((3, 5, 7), dtype)
        assert array.ctypes.data % ALIGNED == 0
        assert (array.shape, array.dtype) == ((3, 5, 7), np.dtype(dtype))
        assert not array.any()
        array[...] = 1


def test_views_show_what_is_written_and_cannot_be_written():
    array = aligned((2,), "float32")
    seen = views({"a": array})
    array[...] = 3
    assert list(seen["a"]) == [3, 3]
    with pytest.raises(ValueError, match="read-only"):
        seen["a"][0] = 1
    with pytest.raises(TypeError):
        seen["a"] = array


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        # As ONNX Runtime and its users' reports have them.
        ("[ONNXRuntimeError] : 1 : FAIL : Fatal error: com.example:NoSuchOp(-1) is not a registered function/op",
         UnsupportedOperatorError, "no operator com.example:NoSuchOp"),
        ("[ONNXRuntimeError] : 10 : INVALID_GRAPH : Error No Op registered for NoSuchOp with domain_version of 18",
         UnsupportedOperatorError, "no operator NoSuchOp"),
        ("[ONNXRuntimeError] : 9 : NOT_IMPLEMENTED : Could not find an implementation for QLinearConv(10) node with "
         "name 'c'", UnsupportedOperatorError, "no operator QLinearConv"),
        ("[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Failed to load model because protobuf parsing failed.",
         ModelFormatError, "not a readable ONNX file"),
        ("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : CUDA failure 2: out of memory ; GPU=0 ; expr=cudaMalloc",
         GpuMemoryError, "not enough memory"),
        ("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 4294967296",
         GpuMemoryError, "4294967296"),
        ("[ONNXRuntimeError] : 1 : FAIL : something else", BackendError, "something else"),
    ],
)  # fmt: skip
def test_messages_of_onnxruntime_have_names(text, kind, words):
    error = named(RuntimeError(text), "ONNX Runtime cannot load net")
    assert type(error) is kind
    assert words in error.problem
    assert error.problem.startswith("ONNX Runtime cannot load net")
    assert error.fix


class TestProviders:
    @pytest.fixture
    def model(self, tmp_path):
        return small_model(tmp_path / "m")

    def test_the_processor_alone(self, model):
        assert provider_options(model, "float32", "cpu", 0, "", (1,)) == [("CPUExecutionProvider", {})]

    def test_cuda_and_what_it_lacks_on_the_processor(self, model):
        (cuda, options), (cpu, _) = provider_options(model, "float16", "cuda", 1, "", (1,))
        assert (cuda, cpu) == ("CUDAExecutionProvider", "CPUExecutionProvider")
        assert options["device_id"] == 1

    def test_tensorrt_keeps_engines_by_the_models_content(self, model, tmp_path):
        found = provider_options(model, "float16", "tensorrt", 0, str(tmp_path), (1, 4))
        assert [name for name, _ in found] == [
            "TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider",
        ]  # fmt: skip
        options = found[0][1]
        assert options["trt_profile_min_shapes"] == "image:1x32x32x3"
        assert options["trt_profile_max_shapes"] == "image:4x32x32x3"
        assert model.files["float16"].sha256[:16] in options["trt_engine_cache_prefix"]
        assert (options["trt_fp16_enable"], options["trt_int8_enable"]) == (True, False)
        int8 = provider_options(model, "int8", "tensorrt", 0, str(tmp_path), (1,))[0][1]
        assert int8["trt_int8_enable"]
        assert int8["trt_engine_cache_prefix"] != options["trt_engine_cache_prefix"]
        assert not provider_options(model, "float32", "tensorrt", 0, "", (1,))[0][1]["trt_fp16_enable"]


def test_a_gpu_that_is_not_there_has_no_name(monkeypatch):
    assert nvidia.gpu_name(63) == ""

    def missing(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(nvidia.ctypes, "CDLL", missing)
    assert nvidia.gpu_name() == ""
