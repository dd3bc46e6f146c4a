from reloc.kidnap.config import KidnapConfig
from reloc.kidnap.disturbance import open_disturbances
from reloc.kidnap.episode import Episode, FalseFix
from reloc.kidnap.report.page import Test, render
from reloc.kidnap.scoring import scores

CONFIG = KidnapConfig(before_s=0.5, after_s=1.0)


def episode(index: int, disturbance: str, recovered_s: float | None, **more) -> Episode:
    return Episode(index, disturbance, "stands", "a", f"b{index}", (1.0, 1.0, 1.0), True, recovered_s, 0.1, **more)


def page(tiny_map, scenery, episodes) -> str:
    disturbances = open_disturbances(("none", "elsewhere"), scenery)
    found = scores(episodes, {"none"})
    return render(Test("features", tiny_map, scenery, disturbances, CONFIG, {"seed": 0}, episodes, found))


def test_what_went_wrong_is_on_the_page(tiny_map, scenery):
    episodes = [
        episode(0, "none", 0.3, nees=(3.0,), published=3, greatest_m=0.1),
        episode(1, "elsewhere", None, false=(FalseFix("picture<7>", 0.2, None, None, "pose"),), published=1),
        episode(2, "none", None, reasons={"ambiguous": 4}, expected=True),
    ]
    text = page(tiny_map, scenery, episodes)
    assert "kidnapped 3 times" in text
    assert "picture&lt;7&gt;" in text
    assert "not in the map" in text
    assert "ambiguous 4" in text
    assert "Not recovered, though it should be: 1" in text
    assert text.count("data:image/jpeg") == 2  # what was seen in each disturbance
    assert text.count("<svg") == 2


def test_a_test_in_which_nothing_is_demanded_has_a_page(tiny_map, scenery):
    assert "False recoveries: 0" in page(tiny_map, scenery, [episode(0, "elsewhere", None)])
