"""Knowledge as text: read back as written, contradictions refused, mistakes named."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aitia.core import codec
from aitia.core.errors import BadOption, Unreadable
from aitia.core.knowledge import Constraint, Knowledge, Role, Tier
from aitia.graphs.formats.knowledge import consistent, read_knowledge, write_knowledge

TEXT = 'tier a b | c d; require a->b; forbid c->d; randomised "the treatment"'
KNOWN = Knowledge(
    required=(Constraint(source="a", target="b"),),
    forbidden=(Constraint(source="c", target="d"),),
    tiers=(Tier(names=("a", "b")), Tier(names=("c", "d"))),
    roles=(Role(name="the treatment", role="randomised"),),
)


def test_every_source(tmp_path: pathlib.Path) -> None:
    (tmp_path / "k.txt").write_text(TEXT.replace("; ", "\n") + "\n# that is all\n")
    (tmp_path / "k.json").write_text(codec.dumps(KNOWN))
    for source in (TEXT, KNOWN, tmp_path / "k.txt", str(tmp_path / "k.txt"), tmp_path / "k.json"):
        assert read_knowledge(source) == KNOWN
    assert read_knowledge(None) == Knowledge() == read_knowledge("")


def test_spellings() -> None:
    assert read_knowledge("randomized t, u").roles == (Role(name="t", role="randomised"), Role(name="u", role="randomised"))
    assert read_knowledge("require a->b->c, d<-e").required == tuple(
        Constraint(source=a, target=b) for a, b in (("a", "b"), ("b", "c"), ("e", "d"))
    )
    assert read_knowledge("tier a\ntier b, c") == read_knowledge("TIER a | b c")
    assert read_knowledge("randomised t; randomised t").roles == (Role(name="t", role="randomised"),)


NAMES = st.text(min_size=1, max_size=6) | st.sampled_from(["tier", "a b", "|", ";", "->", '"', "require"])


@settings(deadline=None)
@given(st.lists(NAMES, min_size=2, max_size=8, unique=True), st.data())
def test_what_is_written_is_read_back(names: list[str], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(names)))
    tiers = tuple(Tier(names=tuple(part)) for part in (names[:cut], names[cut:]) if part)
    places = st.tuples(st.integers(0, len(names) - 1), st.integers(0, len(names) - 1)).filter(lambda p: p[0] < p[1])
    pairs = data.draw(st.lists(places, max_size=4, unique=True))
    split = data.draw(st.integers(0, len(pairs)))
    constraints = [Constraint(source=names[a], target=names[b]) for a, b in pairs]
    randomised = data.draw(st.sampled_from([(), (Role(name=names[0], role="randomised"),)]))
    knowledge = Knowledge(required=tuple(constraints[:split]), forbidden=tuple(constraints[split:]), tiers=tiers, roles=randomised)
    assert read_knowledge(write_knowledge(knowledge)) == knowledge


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ("teir a | b", "In 'teir a | b', at character 1", "Did you mean tier?"),
        ("tier a | b; requir a->b", "In 'requir a->b'", "Did you mean require?"),
        ("require a", "In 'require a'", "->"),
        ("require a<->b", "In 'require a<->b'", "a->b"),
        ("require a->a", "In 'require a->a'", "two different"),
        ("tier a | | b", "In 'tier a | | b'", "a name"),
        ("randomised", "In 'randomised'", "a name"),
        ("tier a b -> c", "In 'tier a b -> c'", "the end of the statement"),
        ("-> a", "In '-> a'", "tier"),
    ],
)
def test_mistakes_are_named(text: str, what: str, hint: str) -> None:
    with pytest.raises(BadOption) as error:
        read_knowledge(text)
    assert what in error.value.what
    assert hint in f"{error.value.why} {error.value.next}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("tier a | a", "a is in tier 1 and in tier 2"),
        ("require a->b; forbid a->b", "a -> b is both required and forbidden"),
        ("tier b | a; require a->b", "a is in a later tier than b"),
        ("randomised t; require z->t", "t is randomised"),
    ],
)
def test_contradictions_are_refused(text: str, named: str) -> None:
    with pytest.raises(BadOption, match="contradicts itself") as error:
        read_knowledge(text)
    assert named in error.value.what


def test_files_that_are_not_there(tmp_path: pathlib.Path) -> None:
    with pytest.raises(Unreadable):
        read_knowledge(tmp_path / "k.txt")
    with pytest.raises(Unreadable):
        read_knowledge("nowhere.txt")
    assert consistent(Knowledge()) == Knowledge()
