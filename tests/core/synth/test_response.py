import numpy as np
import pytest

from reloc.synth.response import NEUTRAL, Response, develop, draw_response

LIGHT = np.broadcast_to(np.linspace(0.0, 1.5, 64, dtype=np.float32)[:, None, None], (64, 64, 3))


def test_more_light_is_never_darker_and_the_scale_is_used():
    image = develop(LIGHT, NEUTRAL)
    assert image.dtype == np.uint8
    assert (np.diff(image[:, 0, 0].astype(int)) >= 0).all()
    assert image.min() == 0
    assert image.max() > 235


def test_white_balance_and_gain_do_what_they_say():
    warm = develop(LIGHT, Response(white_balance=(1.2, 1.0, 0.8)))[20, 0].astype(int)
    assert warm[0] > warm[1] > warm[2]
    assert develop(LIGHT, Response(gain=2.0)).mean() > develop(LIGHT, NEUTRAL).mean() + 10


def test_metering_brings_dark_and_bright_rooms_together():
    dark, bright = (develop(LIGHT * f, Response(metering=1.0)).mean() for f in (0.2, 0.9))
    assert abs(dark - bright) < 20
    assert develop(LIGHT * 0.9, NEUTRAL).mean() - develop(LIGHT * 0.2, NEUTRAL).mean() > 50


def test_noise_comes_from_the_generator_alone():
    noisy = Response(noise=4.0)
    first, again = (develop(LIGHT, noisy, np.random.default_rng(3)) for _ in range(2))
    assert first.tobytes() == again.tobytes()
    assert develop(LIGHT, noisy).tobytes() == develop(LIGHT, NEUTRAL).tobytes()
    assert 2.0 < (first[20:40].astype(float) - develop(LIGHT, NEUTRAL)[20:40]).std() < 6.0


def test_strength_none_is_nearly_neutral():
    drawn = draw_response(np.random.default_rng(0), 0.0)
    assert (drawn.gain, drawn.metering, drawn.noise, drawn.blur, drawn.vignetting) == (1.0, 1.0, 0.0, 0.0, 0.0)
    assert drawn.white_balance == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_a_bright_room_is_not_white(strength):
    """However different cameras are: most of what is three times as bright as white stays apart from white."""
    bright = 3.0 * np.linspace(0.2, 1.0, 48 * 64 * 3, dtype=np.float32).reshape(48, 64, 3)
    white = [
        (develop(bright, draw_response(np.random.default_rng(seed), strength)) >= 254).mean() for seed in range(20)
    ]
    assert np.median(white) < 0.2
    assert (develop(bright, NEUTRAL) >= 254).mean() > 0.4
