"""Run a decoder of Transformers under a relation: its attention, positions and cache follow the order, its weights stay.

Nothing of the size of the mask is written out for whole passes. Every model that takes its attention from
Transformers' `AttentionInterface` works; one that does not is found out in its first pass.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from aitia.core.errors import BadOption
from aitia.core.extras import need
from aitia.sequence.attend.flex import padded_intervals
from aitia.sequence.interop.cache import Plan, Store, made
from aitia.sequence.interop.reading import Reading, hidden_by
from aitia.sequence.order.relation import Relation, pad
from aitia.sequence.order.schedule import PositionRule

NAME = "aitia-order"
NOT_OURS = ("softcap", "s_aux", "position_bias")


class Use:
    """Hold the relations under which a model runs at the moment, one for all rows or one for each, all of one length."""

    def __init__(self, model: Any, relations: Sequence[Relation], rule: PositionRule) -> None:
        self.relations = tuple(relations)
        if not self.relations or len({found.n for found in self.relations}) > 1:
            raise BadOption("The relations of one batch must have one length.", next="Pad them: batched(relations).")
        self.decoder = model.get_decoder()
        self.depth = int(self.decoder.config.num_hidden_layers)
        self.positions = torch.stack([found.schedule(positions=rule).positions for found in self.relations])
        self.asked = 0  # how often the model asked for attention
        self.current: Any = None  # the cache of the pass under way

    def cache(self) -> Any:
        """Return an empty cache for the model, which forgets nodes after their last reader and can be forked and joined."""
        return made(Plan(self.relations, self.depth), [Store() for _ in range(self.depth)])

    def run(self, forward: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a pass of the decoder at the positions of the relation; raises `BadOption` where the model went past it."""
        if active(self.decoder.config) is not self:  # another relation is in use inside this one
            return forward(*args, **kwargs)
        kwargs["position_ids"] = self.places(args, kwargs)
        found = forward(*args, **kwargs)
        if not self.asked:
            raise BadOption("This model does not take its attention from Transformers' interface, so no relation reached it.")
        return found

    def places(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
        """Return the positions (b, n) of a pass from what the decoder is given."""
        given = first_of(kwargs, "inputs_embeds", "input_ids")
        given = args[0] if given is None and args else given
        if given is None:
            raise BadOption("The model was called without tokens.")
        self.current = first_of(kwargs, "cache", "past_key_values")
        start = 0 if self.current is None else int(self.current.get_seq_length())
        stop = start + given.shape[1]
        if stop > self.relations[0].n:
            raise BadOption(f"The relation has {self.relations[0].n} nodes; node {stop - 1} is asked for.", next="Give a longer one.")
        if len(self.relations) not in (1, given.shape[0]):
            raise BadOption(f"{len(self.relations)} relations do not fit a batch of {given.shape[0]}.")
        places = self.positions[:, start:stop]
        if places.device != given.device or len(places) != given.shape[0]:
            places = places.to(given.device).expand(given.shape[0], -1)
        return places

    def reading(self, start: int, count: int, visible: torch.Tensor | None) -> Reading:
        """Return what a pass over `count` nodes from `start` reads."""
        plan = getattr(self.current, "plan", None)
        keys = range(start + count) if plan is None else plan.keys(count)
        return Reading(hidden_by(self.relations, visible), start, start + count, keys)


def first_of(kwargs: dict[str, Any], *names: str) -> Any:
    """Return the first argument of these names that is not None."""
    for name in names:
        if (found := kwargs.get(name)) is not None:
            return found
    return None


ACTIVE: contextvars.ContextVar[tuple[Use, ...]] = contextvars.ContextVar("ACTIVE", default=())


@contextlib.contextmanager
def use_relation(model: Any, relation: Relation | Sequence[Relation], *, positions: PositionRule = "height") -> Iterator[Use]:
    """Run a model of Transformers under a relation, or one for each row of the batch, while the context lasts.

    Node i is token i, padding included. Positions come from the relation, `position_ids` that are passed do not count.
    Keys that `attention_mask` hides nobody reads. To generate, give a relation that covers what is to come, and
    `cache=use.cache()`.
    """
    register()
    configs = {id(part.config): part.config for part in model.modules() if hasattr(part, "config")}
    refuse_windows(model.get_decoder().config)
    use = Use(model, [relation] if isinstance(relation, Relation) else relation, positions)
    before = {key: config._attn_implementation for key, config in configs.items()}
    token = ACTIVE.set((*ACTIVE.get(), use))
    try:
        model.set_attn_implementation(NAME)
        with forward_by(use):
            yield use
    finally:
        ACTIVE.reset(token)
        for key, config in configs.items():
            config._attn_implementation = before[key]


@contextlib.contextmanager
def forward_by(use: Use) -> Iterator[None]:
    """Let a use run the passes of its decoder, which costs a step less than hooks do."""
    kept, forward = use.decoder.__dict__.get("forward"), use.decoder.forward
    use.decoder.forward = functools.wraps(forward)(functools.partial(use.run, forward))
    try:
        yield
    finally:
        if kept is None:
            del use.decoder.forward
        else:
            use.decoder.forward = kept


def refuse_windows(config: Any) -> None:
    """Raise `BadOption` for a model whose layers have an order of their own."""
    kinds = getattr(config, "layer_types", None)
    window = getattr(config, "sliding_window", None) if kinds is None else None
    other = sorted(set(kinds or ()) - {"full_attention"}) + ([f"window of {window}"] if window else [])
    if other:
        raise BadOption(
            f"Some layers of this model have an order of its own: {other[0]}.",
            next="Take a model whose layers all have full attention; a window can be part of the relation: causal(n) & window(n, 512).",
        )


@functools.cache
def register() -> None:
    """Make the attention and its mask known to Transformers, once."""
    need("transformers").AttentionInterface.register(NAME, attention)
    need("transformers.masking_utils").AttentionMaskInterface.register(NAME, mask)


def active(config: Any) -> Use | None:
    """Return what is in use for the decoder of this configuration."""
    return next((use for use in reversed(ACTIVE.get()) if use.decoder.config is config), None)


def mask(q_length: int, q_offset: int = 0, attention_mask: torch.Tensor | None = None, config: Any = None, **rest: Any) -> Any:
    """Return what a pass reads, in the place of a mask; other parts of the model, such as one for images, get their usual mask."""
    use = active(config)
    if use is None:
        usual = need("transformers.masking_utils").sdpa_mask
        return usual(q_length=q_length, q_offset=q_offset, attention_mask=attention_mask, config=config, **rest)
    return use.reading(int(q_offset), q_length, attention_mask)


def attention(
    module: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, attention_mask: Any, dropout: float = 0.0,
    scaling: float | None = None, **rest: Any,
) -> tuple[torch.Tensor, None]:  # fmt: skip
    """Attend along the relation; without one, as Transformers does by default."""
    if not isinstance(attention_mask, Reading):
        usual = need("transformers.integrations.sdpa_attention").sdpa_attention_forward
        return usual(module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **rest)
    if dropout or first_of(rest, *NOT_OURS) is not None:
        raise BadOption("Attention along a relation knows no dropout, soft cap, sink or bias.", next="Set attention_dropout to 0.")
    for use in ACTIVE.get():
        use.asked += use.decoder.config is module.config
    out = attention_mask.attend(query, key, value, scaling)
    return out.transpose(1, 2).contiguous(), None


def batched(relations: Sequence[Relation], side: str = "left") -> list[Relation]:
    """Pad relations to the length of the longest one: the batch of a tokenizer that pads on this side."""
    if side not in ("left", "right"):
        raise BadOption(f"There is no side {side!r}.", next="There are: left, right.")
    longest = max(found.n for found in relations)
    return [pad(found, **{side: longest - found.n}) if found.n < longest else found for found in relations]


def mask_function(relation: Relation) -> Callable[[Any, Any, Any, Any], Any]:
    """Return the relation as a mask function of Transformers (batch, head, query, key) -> truth, for its own backends.

    Pass it where `transformers.masking_utils` takes one; causal masks take it as `and_mask_function` and `or_mask_function`.
    """
    low, high = (torch.from_numpy(part) for part in padded_intervals(relation))

    def reads(batch: Any, head: Any, query: Any, key: Any) -> Any:
        found = (key >= low[0][query]) & (key < high[0][query])
        for i in range(1, len(low)):
            found = found | ((key >= low[i][query]) & (key < high[i][query]))
        return found

    return reads
