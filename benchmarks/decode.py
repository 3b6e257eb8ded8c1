"""Measure decoding on a CPU: paths side by side, the cache, and a window that keeps a stream's blocks at one price.

usage: decode.py [PART ...] [--repeats N] [--quick]     the parts are paths, cache and window; without any all run
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch

from aitia.sequence.decode import Fork, ForkJoin, OneByOne, Path, autoregressive, fork_join
from aitia.sequence.models import Decoder, DecoderShape
from aitia.sequence.models.product import Product, kept
from aitia.sequence.order import Relation, blocks, causal

WORDS = 4096


def decoder(width: int, layers: int) -> Decoder:
    """A decoder with random weights; at width 512 and 6 layers its weights do not fit a core's cache."""
    return Decoder(
        DecoderShape(vocabulary=WORDS, width=width, layers=layers, heads=width // 64, key_heads=max(1, width // 256))
    ).requires_grad_(False)


def chance() -> np.random.Generator:
    """The same chance for everybody."""
    return np.random.Generator(np.random.Philox(0))


def paired(ways: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median seconds of each way, measured in turn so that a busy machine is busy for all."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


def say(name: str, figure: str, limit: str = "", kept: bool | None = None) -> bool:
    """Write one line; return whether its limit is missed."""
    sys.stdout.write(f"{name:<62} {figure:<26} {limit:<26} {'' if kept is None else 'kept' if kept else 'MISSED'}\n")
    sys.stdout.flush()
    return kept is False


def floor(model: Decoder, rows: int) -> float:
    """Least seconds that the products with the weights alone take for so many rows: the limit of any pass."""
    weights = [weight for weight in model.parameters() if weight.dim() == 2]
    inputs = [torch.zeros(rows, weight.shape[1]) for weight in weights]
    products = [Product(weight.shape[1], weight.shape[0]) for weight in weights]

    @torch.no_grad()
    def multiply() -> None:
        for x, product in zip(inputs, products, strict=True):
            product(x)

    taken = []
    with kept():
        for _ in range(15):
            began = time.perf_counter()
            multiply()
            taken.append(time.perf_counter() - began)
    return min(taken)


def side_by_side(repeats: int, quick: bool) -> list[bool]:
    """Fork and join beside the same paths one after the other."""
    missed = []
    model, before, size, after = decoder(512, 6), 64, 16 if quick else 48, 16
    prompt = torch.randint(WORDS, (1, before), generator=torch.Generator().manual_seed(0))
    for k in (4, 8):
        fork = Fork(paths=tuple(Path(start=(i,), most=size) for i in range(k)), join=(k,), after=after)
        n, depth = k * size + after, size + after
        took = paired(
            {
                "beside": lambda fork=fork: fork_join(model, prompt, chance(), ForkJoin(forks=(fork,))),
                "behind": lambda fork=fork: fork_join(model, prompt, chance(), ForkJoin(forks=(fork,), together=False)),
                "plain": lambda n=n: autoregressive(model, prompt, chance(), OneByOne(length=n)),
                "again": lambda k=k: [autoregressive(model, prompt, chance(), OneByOne(length=size)) for _ in range(k)],
            },
            repeats,
        )
        gain, goal = took["behind"] / took["beside"], 0.6 * n / depth
        missed.append(
            say(
                f"fork/join of {k} paths of {size}, beside one after the other",
                f"{gain:.2f}x",
                f"at least {goal:.2f}x (.6 n/D)",
                gain >= goal,
            )
        )
        missed.append(
            say(
                "  in tokens each second",
                f"{n / took['beside']:.0f}, {n / took['behind']:.0f}",
                "at least 1.5x" if k == 4 else "",
                gain >= 1.5,
            )
        )
        say("  beside plain causal decoding of as many tokens", f"{took['plain'] / took['beside']:.2f}x")
        say("  beside one call for each path, each with its own prefill", f"{took['again'] * n / (k * size) / took['beside']:.2f}x")
        least = floor(model, 1) + size * floor(model, k) + after * floor(model, 1)
        say("  limit: products with the weights alone", f"{least:.2f} of {took['beside']:.2f} s", "")
    return missed


def cached(repeats: int, quick: bool) -> list[bool]:
    """One by one with a cache beside the whole text anew for every token."""
    model, before, length = decoder(256, 4), 64, 32 if quick else 128
    prompt = torch.randint(WORDS, (1, before), generator=torch.Generator().manual_seed(0))

    def anew() -> None:
        tokens = prompt
        for _ in range(length):
            logits = model(tokens, causal(tokens.shape[1]))[:, -1]
            tokens = torch.cat([tokens, logits.argmax(dim=-1, keepdim=True)], dim=1)

    took = paired({"cache": lambda: autoregressive(model, prompt, chance(), OneByOne(length=length, temperature=0)), "anew": anew}, repeats)
    gain = took["anew"] / took["cache"]
    return [
        say(f"{length} tokens behind {before} with a cache, beside computing anew", f"{gain:.2f}x", "at least 1x", gain >= 1),
        say("  each token", f"{1e3 * took['cache'] / length:.2f} ms", f"weights alone {1e3 * floor(model, 1):.2f} ms"),
    ]


def stream(model: Decoder, order: Relation, size: int) -> list[float]:
    """Seconds of each block of a stream."""
    cache, taken = model.cache(order), []
    tokens = torch.zeros(1, size, dtype=torch.long)
    for start in range(0, order.n, size):
        began = time.perf_counter()
        model.step(tokens, np.arange(start, start + size), cache)
        taken.append(time.perf_counter() - began)
    return taken


def window(repeats: int, quick: bool) -> list[bool]:
    """A stream of blocks with a sink and a window beside the whole history."""
    model, size, count, width = decoder(128, 4), 64, 32 if quick else 64, 4
    orders = {"window": blocks([size] * count, width, 1), "history": blocks([size] * count)}
    runs: dict[str, list[list[float]]] = {name: [] for name in orders}
    for _ in range(repeats):
        for name, order in orders.items():
            runs[name].append(stream(model, order, size))
    each = {name: np.median(np.array(found), axis=0) for name, found in runs.items()}
    early, late = float(np.median(each["window"][width + 1 : width + 9])), float(np.median(each["window"][-8:]))
    gain = float(np.median(each["history"][-8:])) / late
    return [
        say(
            f"block of {size} with sink and window, blocks 6 to 13, last 8",
            f"{1e3 * early:.1f}, {1e3 * late:.1f} ms",
            "within 1.25x",
            late <= 1.25 * early,
        ),
        say(f"  beside the whole history at block {count}", f"{gain:.2f}x", "at least 3x", gain >= 3),
        say("  beside the whole history, all blocks", f"{each['history'].sum() / each['window'].sum():.2f}x"),
        say("  nodes kept", f"{orders['window'].schedule().peak_live} of {orders['window'].n}"),
    ]


def main() -> None:
    parts = {"paths": side_by_side, "cache": cached, "window": window}
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(parts)}")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="shorter texts, for a look")
    given = parser.parse_args()
    if strange := sorted(set(given.parts) - set(parts)):
        parser.error(f"there is no part {strange[0]}")
    say(f"torch {torch.__version__}, {torch.get_num_threads()} threads, load {os.getloadavg()[0]:.1f}", "ours", "limit")
    missed = [found for part in given.parts or parts for found in parts[part](given.repeats, given.quick)]
    say(f"load at the end {os.getloadavg()[0]:.1f}", "")
    sys.exit("a limit is missed" if any(missed) else 0)


if __name__ == "__main__":
    main()
