"""Correlation ids: of one process, of one call."""

from __future__ import annotations

import os
import random
import threading

import pytest

from workato_async.http.correlation import is_another_calls, new_id


def test_ids_of_a_process_differ_and_begin_alike() -> None:
    random.seed(1)
    ids = [new_id() for _ in range(2_000)]
    random.seed(1)
    ids += [new_id() for _ in range(2_000)]
    assert len(set(ids)) == 4_000
    assert len({each[:16] for each in ids}) == 1
    assert all(len(each) == 32 and set(each) <= set("0123456789abcdef") for each in ids)


def test_threads_get_different_ids() -> None:
    ids: list[str] = []
    threads = [threading.Thread(target=lambda: ids.extend([new_id() for _ in range(2_000)])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 16_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
@pytest.mark.filterwarnings("ignore:This process")
def test_a_forked_child_has_a_prefix_and_ids_of_its_own() -> None:
    before = new_id()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, "".join(new_id() for _ in range(50)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    text = os.read(reading, 10_000).decode()
    os.close(reading)
    os.close(writing)
    children = [text[start : start + 32] for start in range(0, len(text), 32)]
    ours = [new_id() for _ in range(300)]
    assert ours[0][:16] == before[:16]
    assert len({each[:16] for each in children}) == 1
    assert children[0][:16] != before[:16]
    assert not {each[16:] for each in children} & {each[16:] for each in ours}
    assert not is_another_calls(before, (children[0],)), "the ids of another process say nothing about this one's calls"


def test_which_ids_belong_to_another_call() -> None:
    own, other = new_id(), new_id()
    assert is_another_calls(own, (other,))
    assert is_another_calls(own, ("wk-1", other.upper()))
    for found in ((), (own,), (own.upper(),), (other, own), ("wk-1",), ("",), (other[:-1],), (other + "0",)):
        assert not is_another_calls(own, found)
