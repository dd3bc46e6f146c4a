from reloc.kidnap.pace import Pace


def looked_at(cost_s: float, count: int = 10) -> list[tuple[int, float]]:
    pace, found = Pace([0.1 * i for i in range(count)]), []
    while (turn := pace.next()) is not None:
        found.append((turn[0], round(turn[1], 3)))
        pace.done(turn[1] + cost_s)
    return found


def test_quick_work_sees_every_image_when_it_comes():
    assert looked_at(0.09) == [(i, round(0.1 * i, 3)) for i in range(10)]


def test_slow_work_takes_the_newest():
    assert looked_at(0.25) == [(0, 0.0), (2, 0.25), (5, 0.5), (7, 0.75), (9, 1.0)]
