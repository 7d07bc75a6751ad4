"""Zip archives that are made to do harm: refused with little work, and never a thread that outlives its call."""

from __future__ import annotations

import asyncio
import io
import json
import random
import struct
import threading
import tracemalloc
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workato_async import InvalidResponseError, _files, _zip
from workato_async._files import check_zip
from workato_async._zip import ANY_RATIO, MOST_DIRECTORY, problem_with_zip

if TYPE_CHECKING:
    from collections.abc import Iterable

GO = threading.Event()


def archive(path: Path, members: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as written:
        for name, content in members:
            written.writestr(name, content)
    return path


def patched(path: Path, **fields: int) -> Path:
    """Change what the directory says about the only member of an archive."""
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    places = {"flags": (8, "<H"), "method": (10, "<H"), "compressed": (20, "<L"), "size": (24, "<L")}
    for name, value in fields.items():
        offset, layout = places[name]
        struct.pack_into(layout, data, at + offset, value)
    path.write_bytes(data)
    return path


def shared_stream(path: Path, members: int, each: int) -> Path:
    """Write an archive whose members are all the same compressed bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("a", bytes(each))
        for number in range(1, members):
            twin = zipfile.ZipInfo("a")
            for name in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
                setattr(twin, name, getattr(written.filelist[0], name))
            twin.filename = f"a{number}"
            written.filelist.append(twin)
    path.write_bytes(buffer.getvalue())
    return path


async def test_members_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = shared_stream(tmp_path / "a.zip", 2, 1_000)
    with pytest.raises(InvalidResponseError, match="overlap"):
        await check_zip(path, what="it")


async def test_a_small_archive_of_a_terabyte_is_refused_by_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = shared_stream(tmp_path / "a.zip", 20_000, 50_000_000)
    assert path.stat().st_size < 2_000_000
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("a member was read"))
    with pytest.raises(InvalidResponseError, match="unpacks to 1,000,000,000,000, more than the limit of 268,435,456"):
        await check_zip(path, what="it")


def test_one_member_of_zeros_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written, written.open("a", "w") as member:
        for _ in range(ANY_RATIO // 2**20 + 1):
            member.write(bytes(2**20))
    assert "unpacks to" in problem_with_zip(path, GO)


def test_a_directory_that_lies_about_a_size_does_not_help(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [("a", bytes(100_000))])
    for size in (0, 1, 99_999):
        assert "damaged" in problem_with_zip(patched(path, size=size), GO), size
    assert problem_with_zip(patched(path, size=100_000), GO) == ""


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_whose_output_has_no_limit_are_refused(tmp_path: Path, method: int) -> None:
    path = archive(tmp_path / "a.zip", [("a", bytes(1_000))], method)
    assert "unknown compression method" in problem_with_zip(path, GO)


def test_unknown_and_encrypted_members_are_named_as_such(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [("a", b"hello")])
    assert "unknown compression method: 'a'" in problem_with_zip(patched(path, method=93), GO)
    assert "encrypted member: 'a'" in problem_with_zip(patched(path, method=8, flags=1), GO)


def test_an_endless_directory_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    entry = archive(path, [("a", b"")]).read_bytes()
    at, end = entry.index(b"PK\x01\x02"), entry.index(b"PK\x05\x06")
    directory = entry[at:end] * (MOST_DIRECTORY // (end - at) + 1)
    closing = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), at, 0)
    path.write_bytes(entry[:at] + directory + closing)
    tracemalloc.start()
    try:
        assert "too many members" in problem_with_zip(path, GO)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_members(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [(f"{number}", bytes(30_000_000)) for number in range(3)])
    tracemalloc.start()
    try:
        assert problem_with_zip(path, GO) == ""
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_an_honest_package_passes(tmp_path: Path) -> None:
    """Ten thousand recipes, which compress well, beside a large file that does not compress at all."""
    recipe = json.dumps([{"keyword": "if", "input": {"conditions": ["a", "b"]}, "uuid": n} for n in range(50)]).encode()
    members = [(f"recipes/{number}.recipe.json", recipe) for number in range(10_000)]
    noise = random.Random(0).randbytes(20_000_000)
    path = archive(tmp_path / "a.zip", [*members, ("attachment.bin", noise)])
    assert problem_with_zip(path, GO) == ""
    assert problem_with_zip(archive(path, [("attachment.bin", noise)], zipfile.ZIP_STORED), GO) == ""


def test_a_large_archive_may_unpack_to_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_zip, "ANY_RATIO", 1_000)
    noise = random.Random(0).randbytes(10_000)
    path = archive(tmp_path / "a.zip", [("noise", noise), ("zeros", bytes(900_000))])
    assert problem_with_zip(path, GO) == ""
    path = archive(path, [("noise", noise), ("zeros", bytes(1_200_000))])
    assert "unpacks to 1,210,000" in problem_with_zip(path, GO)
    monkeypatch.setattr(_zip, "MOST_UNPACKED", 500_000)
    path = archive(path, [("noise", noise), ("zeros", bytes(900_000))])
    assert "more than the limit of 500,000" in problem_with_zip(path, GO)


@given(
    st.dictionaries(st.text("abc/", min_size=1).map("x".__add__), st.binary(max_size=300), max_size=6), st.booleans()
)
def test_what_zipfile_writes_passes(
    tmp_path_factory: pytest.TempPathFactory, members: dict[str, bytes], stored: bool
) -> None:
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    path = archive(tmp_path_factory.mktemp("zip") / "a.zip", members.items(), method)
    assert problem_with_zip(path, GO) == ""


class StopsAfter(threading.Event):
    """Is set once it was asked so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.asked, self._times = 0, times

    def is_set(self) -> bool:
        self.asked += 1
        return self.asked > self._times


@pytest.mark.parametrize("members", [[("zeros", bytes(50_000_000))], [(str(n), b"") for n in range(500)]])
def test_the_check_stops_within_a_member_and_between_members(tmp_path: Path, members: list[tuple[str, bytes]]) -> None:
    path = archive(tmp_path / "a.zip", members)
    stop = StopsAfter(20)
    assert problem_with_zip(path, stop) == "was not checked"
    assert stop.asked <= 22


async def test_a_cancelled_check_ends_after_its_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the process would wait for it, and Windows would not remove the file."""
    loop, begun, order = asyncio.get_running_loop(), threading.Event(), list[str]()

    def check(path: Path, stop: threading.Event) -> str:
        begun.set()
        stop.wait()
        for _ in range(5):  # time for the call to end, if it does not wait
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()
        order.append("thread")
        return "was not checked"

    monkeypatch.setattr(_files, "problem_with_zip", check)
    task = asyncio.ensure_future(check_zip(tmp_path / "a.zip", what="it"))
    task.add_done_callback(lambda _: order.append("call"))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert order == ["thread", "call"]


def test_an_overlap_of_a_few_bytes_is_one(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", [("a", b"hello"), ("b", b"world")])
    size = zipfile.ZipFile(path).infolist()[0].compress_size
    assert "overlap" in problem_with_zip(patched(path, compressed=size + 5), GO)
