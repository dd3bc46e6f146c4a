import re

import numpy as np
from support.small_run import EXACT, trainer
from support.small_task import Config

from reloc.training.report.curves import smooth
from reloc.training.report.page import write_report
from reloc.training.trainer import FINISHED


def test_the_page_holds_curves_pictures_and_the_command_and_refers_to_nothing(tmp_path):
    made = trainer(tmp_path, Config(steps=40))
    outcome = made.train()
    made.draw()
    made.run.note(state=FINISHED)
    page = write_report(made.run).read_text()
    assert page.count("<svg") == 5  # score, largest; loss, worst, rate
    for name in ("score", "largest", "loss", "worst", "rate"):
        assert re.search(rf">{name}</text>", page), name
    assert "Where the network sees the first blob" in page
    assert page.count("data:image/png;base64,") == 1
    assert "reloc train &#39;a b&#39;" in page
    assert f"{outcome.best_score:.4f}" in page
    assert not re.findall(r"(?:src|href)=\"(?!data:|#)", page)


def test_a_run_that_has_only_begun_has_a_page(tmp_path):
    page = write_report(trainer(tmp_path).run).read_text()
    assert "There is no validation yet" in page
    assert "There is no entry in the log yet" in page


def test_pictures_are_of_the_best_weights(tmp_path):
    made = trainer(tmp_path, Config(steps=60, flat_after=30), EXACT)
    made.train()
    seen = []
    made.task.pictures = lambda network, folder: seen.append(network.position.bias.clone()) or []
    best = made.learner.judged.position.bias.detach().clone()
    made.learner.network.position.bias.data.zero_()
    made.draw()
    np.testing.assert_array_equal(seen[0].numpy(), best.numpy())


def test_smoothing_keeps_lines_straight_and_noise_down():
    line = np.linspace(0.0, 1.0, 300)
    np.testing.assert_allclose(smooth(line)[20:-20], line[20:-20], atol=1e-9)
    noise = np.random.default_rng(1).normal(size=3000)
    assert smooth(noise).std() < 0.15
    np.testing.assert_allclose(smooth(line[:5]), line[:5])
