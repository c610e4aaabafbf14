"""A bundle holds what was signed, counts and places only, and nothing that was touched on its way."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rollup.acts import Below, campaign

from ankang.rollup.bundle import ForgedBundle, read_contents, sign, unwrap
from ankang.rollup.figures import People, total
from ankang.rules.errors import InvalidInput

BELOW = Below()
WHOLE = json.loads(BELOW.bundle())


def test_what_is_read_is_what_was_told() -> None:
    contents = BELOW.contents()
    text, key = unwrap(sign(contents, BELOW.key))
    assert key == BELOW.public_key
    assert read_contents(text) == contents


@given(st.data())
def test_no_changed_letter_passes(data: st.DataObject) -> None:
    document = dict(WHOLE)
    text = document["contents"]
    at = data.draw(st.integers(0, len(text) - 1))
    document["contents"] = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
    with pytest.raises(ForgedBundle, match="签名对不上"):
        unwrap(json.dumps(document).encode())


@pytest.mark.parametrize("name", ["signature", "key"])
def test_another_signature_or_key_does_not_pass(name: str) -> None:
    document, other = json.loads(BELOW.bundle()), json.loads(Below().bundle())
    with pytest.raises(ForgedBundle):
        unwrap(json.dumps(document | {name: other[name]}).encode())
    with pytest.raises(ForgedBundle):
        unwrap(json.dumps(document | {name: "zz"}).encode())


@pytest.mark.parametrize("file", [b"", b"\xff\xfe", b"[]", b"{}", b'{"format": "ankang-rollup/2"}', b"PK\x03\x04"])
def test_what_is_no_bundle_is_refused(file: bytes) -> None:
    with pytest.raises(InvalidInput, match="不是安康的汇总包"):
        unwrap(file)


def changed(**facts: Any) -> Callable[[dict[str, Any]], None]:
    return lambda plain: plain.update(facts)


def in_village(at: int, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda plain: plain["campaigns"][0]["villages"][0].__setitem__(at, value)


@pytest.mark.parametrize(
    "change",
    [
        changed(residents=["王秀兰"]),
        changed(number=0),
        changed(number=True),
        changed(as_of="2024-03-04T10:00:00"),
        changed(is_sample=1),
        changed(campaigns=[]),
        changed(sender="3209"),
        in_village(0, "320902101201"),
        in_village(1, "x" * 81),
        in_village(2, -1),
        in_village(2, 1.5),
        in_village(7, 11),
        lambda plain: plain["campaigns"][0]["villages"].append(plain["campaigns"][0]["villages"][0]),
        lambda plain: plain["campaigns"][0].update(premium_fen={"王秀兰": 1}),
        lambda plain: plain["campaigns"][0].update(note="x"),
        lambda plain: plain["campaigns"][0]["villages"][0].append(1),
    ],
)
def test_even_a_signed_text_passes_only_as_figures(change: Callable[[dict[str, Any]], None]) -> None:
    plain = json.loads(json.loads(BELOW.bundle())["contents"])
    change(plain)
    with pytest.raises(InvalidInput, match="里面的数不合格"):
        read_contents(json.dumps(plain))


counts = st.integers(0, 10**6)


@given(st.lists(st.builds(People, counts, counts, counts, counts, counts, counts)))
def test_sums_are_sums(parts: list[People]) -> None:
    assert total(parts).counts() == tuple(sum(part.counts()[at] for part in parts) for at in range(6))


def test_one_village_may_stand_in_two_years_but_once_in_each() -> None:
    both = (campaign(BELOW.code), campaign(BELOW.code, year=2023))
    contents = BELOW.contents(campaigns=both)
    assert read_contents(unwrap(sign(contents, BELOW.key))[0]) == contents
    twice = replace(contents, campaigns=(both[0], replace(both[0], slug="other")))
    with pytest.raises(InvalidInput):
        read_contents(unwrap(sign(twice, BELOW.key))[0])
