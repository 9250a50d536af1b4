"""Many requests to a server at once, but never very many."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AT_ONCE: Final = 8


def at_once(do: Callable[[T], R], items: Iterable[T], count: Callable[[int], None] = lambda _: None) -> list[R]:
    """What `do` makes of each item, in their order. At the first fault nothing more is begun; what runs is waited for.

    `count` is told how many are done.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        futures: list[Future[R]] = [pool.submit(do, item) for item in items]
        try:
            for done, future in enumerate(as_completed(futures), 1):
                future.result()
                count(done)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        return [future.result() for future in futures]
