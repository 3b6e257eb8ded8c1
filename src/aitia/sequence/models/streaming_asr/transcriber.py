"""Write speech down as it comes: after every chunk the last tokens are scored anew, and what does not hold is taken back. [krichli2025]"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Sequence

import torch

from aitia.core.errors import BadOption
from aitia.sequence.models.streaming_asr.encoder_stream import EncoderStream
from aitia.sequence.models.streaming_asr.mel import HOP, RATE
from aitia.sequence.models.streaming_asr.model import SpeechModel, TextState

STATE = 2 * HOP / RATE  # seconds that one state of the encoder stands for


@dataclasses.dataclass(frozen=True, slots=True)
class Hypothesis:
    """Hold the tokens so far, how many of them held when more sound had come, and when each of these first did (seconds)."""

    tokens: tuple[int, ...]
    stable: int
    times: tuple[float, ...]


class Transcriber:
    """Decode greedily, chunk by chunk.

    A token holds if its logit did not fall when more sound came, or if it is still the likeliest one. The last
    `lookback` tokens are asked; earlier ones keep what the decoder knew of them, which is an approximation. `None`
    asks all, exactly.
    """

    def __init__(
        self,
        model: SpeechModel,
        prompt: Sequence[int],
        end: int,
        *,
        stream: EncoderStream,
        lookback: int | None = 2,
        banned: Sequence[int] = (),
    ) -> None:
        if not len(prompt) or (lookback is not None and lookback < 1):
            raise BadOption("A transcriber needs a prompt of one token or more, and looks back one token or more.")
        self.model, self.prompt, self.end, self.lookback = model, list(prompt), end, lookback
        self.stream, self.banned = stream, list(banned)
        self.known = TextState()
        self.tokens: list[int] = []
        self.scores: list[float] = []
        self.times: list[float] = []

    def push(self, sound: torch.Tensor) -> Hypothesis:
        """Take samples (1, n), or mel frames, and return what is written now; nothing changes until a chunk is complete."""
        return self._hear(self.stream.push(sound))

    def finish(self) -> Hypothesis:
        """Return what is written in the end."""
        return self._hear(self.stream.finish())

    @torch.no_grad()
    def _hear(self, states: torch.Tensor) -> Hypothesis:
        if states.shape[1]:
            self.model.decoder.hear(states, self.known)
            held, logits = self._hold()
            del self.tokens[held:], self.scores[held:], self.times[held:]
            self.times += [self.stream.done * STATE] * (held - len(self.times))
            self._go_on(logits)
        return Hypothesis(tuple(self.tokens), len(self.times), tuple(self.times))

    def _hold(self) -> tuple[int, torch.Tensor]:
        """Return how many tokens hold, and the logits (words,) of what follows them."""
        asked = len(self.tokens) if self.lookback is None else min(self.lookback, len(self.tokens))
        held = len(self.tokens) - asked
        before = 0 if self.lookback is None else min(self.known.length, len(self.prompt) + held - 1)
        self.known.keep(before)
        rows = self._logits([*self.prompt, *self.tokens][before:])[-asked - 1 :]
        for row in rows[:-1]:
            token, likeliest = self.tokens[held], int(row.argmax())
            if float(row[token]) < self.scores[held] and token != likeliest:
                break
            self.scores[held] = float(row[token])
            held += 1
        self.known.keep(len(self.prompt) + held)
        return held, rows[held - len(self.tokens) - 1]

    def _go_on(self, logits: torch.Tensor) -> None:
        """Add the likeliest tokens until the end of the text."""
        most = self.model.shape.text_positions - len(self.prompt)
        while len(self.tokens) < most and (token := int(logits.argmax())) != self.end:
            self.tokens.append(token)
            self.scores.append(float(logits[token]))
            if len(self.tokens) < most:
                logits = self._logits([token])[-1]

    def _logits(self, tokens: list[int]) -> torch.Tensor:
        found = self.model.decoder(torch.tensor([tokens], device=self.model.decoder.embed_tokens.weight.device), self.known)[0]
        found[:, self.banned] = -torch.inf
        return found


def changed_commits(history: Iterable[Hypothesis]) -> float:
    """Return the share of updates in which a token changed or went that had been stable before."""
    pairs = list(itertools.pairwise(history))
    broken = sum(after.tokens[: before.stable] != before.tokens[: before.stable] for before, after in pairs)
    return broken / max(1, len(pairs))
