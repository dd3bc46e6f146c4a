import pytest

from reloc.errors import ConfigError
from reloc.training.posenet.config import PoseNetTaskConfig
from reloc.training.posenet.schedule import factor


def test_the_papers_schedule_falls_by_90_percent_every_80_epochs():
    config = PoseNetTaskConfig(optimizer="sgd", rate=1e-5, batch=75, steps=10_000)
    steps_of_80_epochs = 80 * 300 // 75
    assert [factor(config, s, 300) for s in (0, steps_of_80_epochs - 1)] == [1.0, 1.0]
    assert factor(config, steps_of_80_epochs, 300) == pytest.approx(0.1)
    assert factor(config, 2 * steps_of_80_epochs, 300) == pytest.approx(0.01)


def test_adamw_warms_up_and_cools_down():
    config = PoseNetTaskConfig(steps=1000)
    factors = [factor(config, s, 300) for s in range(1000)]
    assert factors[0] < 0.1
    assert max(factors) == pytest.approx(1.0, abs=1e-3)
    top = factors.index(max(factors))
    assert all(a >= b for a, b in zip(factors[top:], factors[top + 1 :], strict=False))
    assert factors[-1] == pytest.approx(0.01, abs=1e-3)


def test_images_grow():
    config = PoseNetTaskConfig(steps=1000)
    assert [config.side_at(s) for s in (0, 699, 700, 899, 900, 999)] == [112, 112, 160, 160, 224, 224]
    assert {PoseNetTaskConfig(steps=10, small_first=False).side_at(s) for s in range(10)} == {224}


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"dropout": 1.0}, {"loss": "l2"}, {"spread_deg": -1.0}])
def test_what_is_out_of_range_is_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        PoseNetTaskConfig(**wrong)
