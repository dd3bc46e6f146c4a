import pytest

from reloc.backends.tensorrt.messages import Messages, cuda_error, parser_error
from reloc.errors import (
    BackendError,
    BackendUnavailableError,
    GpuMemoryError,
    ModelFormatError,
    UnsupportedOperatorError,
)


def failure(errors=(), warnings=()):
    messages = Messages()
    for text in errors:
        messages.error(text)
    for text in warnings:
        messages.warning(text)
    return messages.failure("Building failed")


# What TensorRT wrote in reports of its users.
@pytest.mark.parametrize(
    ("errors", "warnings"),
    [
        (["Error[1]: [defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)"], []),
        (["2: [virtualMemoryBuffer.cpp::resizePhysical::145] Error Code 2: OutOfMemory (no further information)"], []),
        (
            ["Error Code 10: Internal Error (Could not find any implementation for node {ForeignNode[conv...]}.)"],
            [
                "Requested amount of GPU memory (15485030400 bytes) could not be allocated. There may not be enough "
                "free memory for allocation to succeed."
            ],
        ),
        (["Skipping tactic 0x0 due to exception autotuning: User allocator error allocating 154-byte buffer"], []),
    ],
)
def test_want_of_memory_is_seen_in_what_tensorrt_says(errors, warnings):
    error = failure(errors, warnings)
    assert isinstance(error, GpuMemoryError)
    assert " ".join(errors[0].split()) in error.problem
    assert "workspace_mb" in error.fix


def test_a_kernel_that_is_missing_is_named():
    error = failure(["Error Code 10: Internal Error (Could not find any implementation for node /conv1/Conv.)"])
    assert isinstance(error, UnsupportedOperatorError)
    assert "no kernel for /conv1/Conv" in error.problem


def test_cuda_that_does_not_start_is_no_fault_of_the_network():
    error = failure([], ["CUDA initialization failure with error: 35. Please check your CUDA installation"])
    assert isinstance(error, BackendUnavailableError)
    assert "nvidia-smi" in error.fix


def test_of_many_messages_the_first_and_the_last_are_told():
    error = failure([f"message {i}\n  of many" for i in range(8)])
    assert type(error) is BackendError
    assert error.problem == "Building failed: message 0 of many; message 7 of many"
    assert "TensorRT gives no reason" in failure().problem


def test_what_was_said_before_does_not_count():
    messages = Messages()
    messages.error("out of memory")
    messages.clear()
    messages.error("something else")
    assert type(messages.failure("Running failed")) is BackendError


def test_a_long_build_fills_no_memory():
    messages = Messages()
    for i in range(10_000):
        messages.error(f"message {i}")
    assert len(messages._errors) == 50
    assert "message 9999" in messages.failure("x").problem


def test_statuses_of_cuda():
    memory = cuda_error("cudaErrorMemoryAllocation", "out of memory", "cudaMalloc", "12 MB of 8000 MB are free")
    assert isinstance(memory, GpuMemoryError)
    assert memory.problem == "cudaMalloc failed: out of memory (cudaErrorMemoryAllocation), 12 MB of 8000 MB are free"
    for status in ("cudaErrorInsufficientDriver", "cudaErrorNoDevice", "cudaErrorInvalidDevice"):
        assert isinstance(cuda_error(status, "no", "cudaSetDevice"), BackendUnavailableError)
    assert type(cuda_error("cudaErrorIllegalAddress", "an illegal access", "cudaStreamSynchronize")) is BackendError


def test_what_the_parser_says():
    def said(*words):
        return parser_error("net (/models/net)", "10.13", *words)

    unsupported = said("UNSUPPORTED_NODE", "Eigenvalues", "/pose/eig", "no importer registered")
    assert isinstance(unsupported, UnsupportedOperatorError)
    assert unsupported.problem == (
        "TensorRT 10.13 cannot run Eigenvalues (node '/pose/eig') of net (/models/net): no importer registered"
    )
    assert isinstance(said("UNSUPPORTED_NODE_DATATYPE", "Transpose", "", "UINT8"), UnsupportedOperatorError)
    assert isinstance(said("MEM_ALLOC_FAILED", "", "", "no"), GpuMemoryError)
    assert type(said("INTERNAL_ERROR", "Conv", "c", "assertion failed")) is BackendError
    for broken in (said("MODEL_DESERIALIZE_FAILED", "", "", "no protobuf"), said()):
        assert isinstance(broken, ModelFormatError)
        assert "cannot read the ONNX file of net (/models/net)" in broken.problem
