"""Simulate a camera's response: exposure, white balance, contrast, vignetting, blur, noise.

Each image gets a new random response, so that a network learns places instead of one camera.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reloc.datatypes import Float32, UInt8

_STEPS = 4096
_BRIGHTEST = 4.0  # light, in units of white, above which all is white


@dataclass(frozen=True, slots=True)
class Response:
    """The response of one camera at one moment."""

    gain: float = 1.0
    metering: float = 0.0  # 0: fixed gain; 1: the image's mean brightness becomes gray
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)  # factors of red, green, blue
    gamma: float = 2.2
    shoulder: float = 0.6  # highlights are compressed above this share of white
    contrast: float = 1.0
    vignetting: float = 0.0  # share of light lost in the corners
    blur: float = 0.0  # standard deviation, pixels
    noise: float = 0.0  # standard deviation in the middle of the scale, gray levels


NEUTRAL = Response()


def draw_response(random: np.random.Generator, strength: float = 1.0) -> Response:
    """Draw a response. ``strength`` 0 is neutral, 1 varies as cheap cameras do."""
    warm, green = random.normal(0.0, 0.08, 2) * strength
    return Response(
        gain=float(2.0 ** (random.normal(0.0, 0.4) * strength)),
        metering=1.0 - float(random.uniform(0.0, 0.7)) * strength,
        white_balance=(float(np.exp(warm)), float(np.exp(0.3 * green)), float(np.exp(-warm))),
        gamma=2.2 + float(random.uniform(-0.35, 0.35)) * strength,
        shoulder=float(random.uniform(0.5, 0.85)),
        contrast=1.0 + float(random.uniform(-0.15, 0.2)) * strength,
        vignetting=float(random.uniform(0.0, 0.35)) * strength,
        blur=float(max(0.0, random.normal(0.1, 0.3))) * strength,
        noise=float(random.exponential(2.5)) * strength,
    )


def develop(radiance: Float32, response: Response, random: np.random.Generator | None = None) -> UInt8:
    """Return the image (H, W, 3) of linear light (H, W, 3), with 1 as white. Without ``random`` there is no noise."""
    gain = response.gain
    if response.metering > 0.0:
        mean = float(np.minimum(radiance, 2.0).mean())
        gain *= (0.22 / max(mean, 1e-3)) ** response.metering
    light = radiance * (np.asarray(response.white_balance, np.float32) * np.float32(gain))
    if response.vignetting > 0.0:
        light = light * _vignette(radiance.shape[:2], response.vignetting)[..., None]
    if response.blur > 0.05:
        light = np.asarray(cv2.GaussianBlur(light, (0, 0), response.blur), np.float32)
    index = np.minimum(np.sqrt(np.clip(light, 0.0, _BRIGHTEST) / _BRIGHTEST) * _STEPS, _STEPS)
    values = _curve(response)[index.astype(np.int32)]
    if random is not None and response.noise > 0.0:
        # Shot noise grows with light, but the curve compresses it, so it is nearly equal at all gray levels.
        values = values + random.standard_normal(values.shape, np.float32) * np.float32(response.noise)
    return np.asarray(np.clip(values + np.float32(0.5), 0.0, 255.0), np.uint8)


def _curve(response: Response) -> Float32:
    """Return values 0 to 255 for the light ``4 (i / steps)^2``, which is finer in the dark."""
    light = _BRIGHTEST * (np.arange(_STEPS + 1) / _STEPS) ** 2
    start = response.shoulder
    over = (light - start) / (1.0 - start)
    pressed = np.where(light > start, start + (1.0 - start) * (1.0 - np.exp(-np.maximum(over, 0.0))), light)
    values = pressed ** (1.0 / response.gamma)
    values = 0.5 + (values - 0.5) * response.contrast
    return np.asarray(255.0 * np.clip(values, 0.0, 1.0), np.float32)


def _vignette(shape: tuple[int, int], loss: float) -> Float32:
    height, width = shape
    y = np.linspace(-1.0, 1.0, height, dtype=np.float32)[:, None]
    x = np.linspace(-1.0, 1.0, width, dtype=np.float32)
    return np.asarray(1.0 - np.float32(loss) * (x * x + y * y) / 2.0, np.float32)
