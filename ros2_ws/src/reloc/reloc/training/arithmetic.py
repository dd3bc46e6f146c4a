"""Choose the precision of the network while it learns. Weights, gradients and the optimizer stay float32."""

from __future__ import annotations

import torch


def choose(wanted: str, device: torch.device) -> torch.dtype | None:
    """Return the type for autocast, or None for float32 throughout.

    ``wanted``: "float32", "bf16", or "auto": bf16 if there are instructions for it (AVX512-BF16 or AMX on a CPU, Ampere
    and later GPUs); emulated bf16 is slower than float32.
    """
    if wanted == "float32":
        return None
    if wanted == "bf16":
        return torch.bfloat16
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return torch.bfloat16 if fast else None
