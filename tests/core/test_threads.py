import threading

import numpy as np
import threadpoolctl

from reloc import threads


def test_parallel_keeps_the_order_and_uses_other_threads() -> None:
    seen: set[str] = set()

    def square(x: int) -> int:
        seen.add(threading.current_thread().name)
        return x * x

    assert threads.parallel(square, range(50)) == [x * x for x in range(50)]
    assert threading.current_thread().name not in seen


def test_an_error_in_one_item_is_raised() -> None:
    try:
        threads.parallel(lambda x: 1 / x, [1, 0])
    except ZeroDivisionError:
        return
    raise AssertionError("the error was swallowed")


def test_products_use_one_thread() -> None:
    threads.use_single_threaded_products()
    np.ones((8, 8)) @ np.ones((8, 8))
    blas = [lib for lib in threadpoolctl.threadpool_info() if lib["user_api"] == "blas"]
    assert blas
    assert all(lib["num_threads"] == 1 for lib in blas)
