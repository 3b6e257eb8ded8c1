"""Train a recogniser to stop where the sound stops: on beginnings of utterances, each with the tokens that end in it. [krichli2025]

Who trains on whole utterances alone never shows the model a sound that breaks off, and it writes on beyond it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from aitia.core.errors import BadOption, InputError
from aitia.core.run import Run
from aitia.sequence.models.streaming_asr.model import SpeechModel, chunk_relation
from aitia.sequence.models.streaming_asr.transcriber import STATE
from aitia.sequence.order.layouts import need

IGNORED = -100  # a label without a loss
ROUNDING = 1e-6  # seconds that a token may end behind a chunk and yet belong to it


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Utterance:
    """Hold mel frames (mels, n) of what was said, its tokens, and when each of them ends (seconds)."""

    mel: torch.Tensor
    tokens: Sequence[int]
    ends: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.tokens) != len(self.ends) or not self.mel.shape[-1]:
            raise InputError(
                f"An utterance has {len(self.tokens)} tokens, {len(self.ends)} times and {self.mel.shape[-1]} frames.",
                next="Give one time for each token, and one frame or more.",
            )

    @property
    def states(self) -> int:
        """How many states an encoder makes of it."""
        return -(-self.mel.shape[-1] // 2)


@dataclasses.dataclass(frozen=True, slots=True)
class Prefix:
    """Hold how many frames of an utterance are heard, and what is to be written: a label for each token and for the end behind them."""

    frames: int
    labels: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PrefixTraining:
    """Hold the tokens before and behind every text, the chunks of the encoder, and which share of the prefixes is sampled."""

    prompt: Sequence[int]
    end: int
    chunk: int
    extra: int = 0
    left: int | None = None
    fraction: float = 1.0

    def __post_init__(self) -> None:
        need(self.chunk, 1, "chunk")
        need(self.extra, 0, "extra")
        if not len(self.prompt) or not 0 < self.fraction <= 1:
            raise BadOption(
                f"A prompt of {len(self.prompt)} tokens and a share of {self.fraction:g} train nothing.",
                next="Give one token or more, and a share above 0, at most 1.",
            )

    def prefix(self, utterance: Utterance, chunks: int) -> Prefix:
        """Return what is heard and written after so many chunks: the tokens that end in them, and the end instead of the next."""
        until = chunks * self.chunk * STATE + ROUNDING
        said = next((i for i, end in enumerate(utterance.ends) if end > until), len(utterance.tokens))
        labels = (*utterance.tokens[:said], self.end, *[IGNORED] * (len(utterance.tokens) - said))
        return Prefix(min(2 * chunks * self.chunk, utterance.mel.shape[-1]), labels)


def word_to_token_times(words: Sequence[tuple[float, float]], counts: Sequence[int]) -> list[float]:
    """Return when tokens end, given when words begin and end and how many tokens each has: a word's time is divided evenly.

    >>> word_to_token_times([(0.0, 0.3), (0.5, 1.0)], [1, 2])
    [0.3, 0.75, 1.0]
    """
    if len(words) != len(counts) or any(end < start for start, end in words):
        raise InputError(
            f"{len(words)} words with times do not go with {len(counts)} numbers of tokens, or one ends before it begins.",
            next="Give a beginning, an end and a number of tokens for each word.",
        )
    parts = [np.linspace(start, end, need(count, 1, "count") + 1)[1:] for (start, end), count in zip(words, counts, strict=True)]
    return [float(end) for part in parts for end in part]


def sample_prefixes(utterance: Utterance, training: PrefixTraining, rng: np.random.Generator) -> list[Prefix]:
    """Return a share of the prefixes that end with a chunk, one at least, the shortest first.

    The first chunk is `extra` chunks longer; an utterance that does not fill it has one prefix, itself.
    """
    chunks = -(-utterance.states // training.chunk)
    ends = np.arange(min(training.extra + 1, chunks), chunks + 1)
    count = max(1, round(training.fraction * len(ends)))
    return [training.prefix(utterance, int(end)) for end in np.sort(rng.choice(ends, count, replace=False))]


def prefix_loss(model: SpeechModel, utterance: Utterance, prefix: Prefix, training: PrefixTraining) -> torch.Tensor:
    """Return the mean cross-entropy of the labels of a prefix, given its frames."""
    told = [label for label in prefix.labels if label != IGNORED]
    device = model.decoder.embed_tokens.weight.device
    tokens = torch.tensor([[*training.prompt, *told[:-1]]], device=device)
    relation = chunk_relation(-(-prefix.frames // 2), training.chunk, training.extra, training.left)
    logits = model(utterance.mel[None, :, : prefix.frames].to(device), tokens, relation)
    return functional.cross_entropy(logits[0, len(training.prompt) - 1 :], torch.tensor(told, device=device))


def fit_prefixes(
    model: SpeechModel, utterances: Sequence[Utterance], training: PrefixTraining, run: Run, *, rounds: int = 1, rate: float = 1e-4
) -> list[float]:
    """Train what is not frozen, one step for each sampled prefix; return the losses. Raises `Stopped` when the run is to end."""
    learned = [value for value in model.parameters() if value.requires_grad]
    if not learned:
        raise BadOption("Every parameter of this model is frozen.", next="Put low-rank layers into it with `adapt`.")
    optimiser = torch.optim.AdamW(learned, lr=rate, fused=True)
    losses: list[float] = []
    with run.stage("prefixes", rounds * len(utterances)) as step:
        for number in range(rounds):
            rng = run.rng("prefixes", number)
            for place in rng.permutation(len(utterances)):
                for prefix in sample_prefixes(utterances[place], training, rng):
                    optimiser.zero_grad()
                    loss = prefix_loss(model, utterances[place], prefix, training)
                    loss.backward()
                    optimiser.step()
                    losses.append(float(loss.detach()))
                step(f"loss {losses[-1]:.3g}")
    return losses
