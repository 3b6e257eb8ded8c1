"""Search for the likeliest text while sound comes: cut texts where they do not hold any more, and go on from there. [krichli2025]"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Sequence

import torch

from aitia.core.errors import BadOption
from aitia.sequence.models.streaming_asr.model import SpeechModel, TextState


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """Hold tokens, their logits and log-probabilities when they were asked last, when the first of them held, and how likely its end is.

    `end` is None while the text is open, and 0 where there was no position for more.
    """

    tokens: tuple[int, ...] = ()
    logits: tuple[float, ...] = ()
    likely: tuple[float, ...] = ()
    times: tuple[float, ...] = ()
    end: float | None = None

    @property
    def score(self) -> float:
        """The log-probability of the text, and of its end if it has one."""
        return sum(self.likely) + (self.end or 0.0)

    def longer(self, token: int, logit: float, likely: float) -> Text:
        """Return the text with one token more."""
        return Text((*self.tokens, token), (*self.logits, logit), (*self.likely, likely), self.times)

    def first(self, count: int) -> Text:
        """Return the open text of the first tokens."""
        return Text(self.tokens[:count], self.logits[:count], self.likely[:count], self.times[:count])

    def held(self, time: float) -> Text:
        """Return the text with a time for the tokens that had none: all of it holds."""
        return dataclasses.replace(self, times=(*self.times, *[time] * (len(self.tokens) - len(self.times))))

    def ended(self, likely: float = 0.0) -> Text:
        """Return the text with its end."""
        return dataclasses.replace(self, end=likely)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Hold a text with the logits (words,) of what follows it and what the decoder knows of it."""

    text: Text
    after: torch.Tensor
    known: TextState


score = operator.attrgetter("text.score")


class BeamSearch:
    """Keep the `width` likeliest texts; a width of 1 is greedy decoding.

    A token holds while it is among the `width` likeliest ones at its place. Where only one text is kept, it holds too if
    its logit did not fall when more sound came.
    """

    def __init__(self, model: SpeechModel, end: int, width: int, banned: Sequence[int] = ()) -> None:
        if width < 1:
            raise BadOption(f"A beam of {width} texts finds none.", next="Give 1 or more; 1 decodes greedily.")
        if not set(range(model.shape.words)) - set(banned):
            raise BadOption("Every word is banned.", next="Leave one or more that can be written.")
        self.decoder, self.end, self.width, self.banned = model.decoder, end, width, list(banned)

    def hold(self, texts: Sequence[Text], context: Sequence[int], known: TextState, *, settled: int = 0, time: float = 0.0) -> list[Path]:
        """Score texts behind a context anew in one pass, and cut each at the first token that does not hold; those that become one are one.

        The first `settled` tokens, which are those of all texts, are not asked. `known` is what the decoder knows of what
        stands before, short of the last token.
        """
        tails = [[*context, *text.tokens][known.length :] for text in texts]
        longest = max(len(tail) for tail in tails)
        first, state = len(context) + settled - known.length - 1, TextState.together([known] * len(texts))
        rows = self._logits([tail + [self.end] * (longest - len(tail)) for tail in tails], state)[:, first:]
        found: dict[tuple[int, ...], Path] = {}
        for i, text in enumerate(texts):
            held = self._held(text, rows[i], settled).held(time)
            path = Path(held, rows[i, len(held.tokens) - settled].clone(), state.row(i))
            path.known.keep(len(context) + len(held.tokens))
            found.setdefault(held.tokens, path)
        return list(found.values())

    def go_on(self, paths: Sequence[Path], most: int) -> list[Path]:
        """Search from open paths for the likeliest text of at most so many tokens; the best that ended comes first, then the others.

        Texts of one length compete: the shortest grow until they have caught up with those that held further. The search is
        over when no open text is likelier than the best that ended, as a text never gains by what is added.
        """
        growing, done = list(paths), list[Path]()
        while growing and not (done and score(max(done, key=score)) >= score(max(growing, key=score))):
            length = min(len(path.text.tokens) for path in growing)
            level = [path for path in growing if len(path.text.tokens) == length]
            growing = [path for path in growing if len(path.text.tokens) > length]
            if length == most:
                done += [Path(path.text.ended(), path.after, path.known) for path in level]
                continue
            more, ended = self._grown(level)
            growing += self._asked(apart(more, growing))
            done += ended
        best = max(done, key=score)
        others = sorted((path for path in [*done, *growing] if path is not best), key=score, reverse=True)
        return [best, *others[: self.width - 1]]

    def _held(self, text: Text, rows: torch.Tensor, settled: int) -> Text:
        """Return a text up to the first token that does not hold, given the logits (asked + 1, words) of each and of what follows."""
        found = text.first(settled)
        for row, token, before in zip(rows, text.tokens[settled:], text.logits[settled:], strict=False):
            logit = float(row[token])
            if not (self.width == 1 and logit >= before) and token not in row.topk(min(self.width, len(row))).indices:
                break
            found = found.longer(token, logit, float(row.double().log_softmax(dim=-1)[token]))
        return dataclasses.replace(found, times=text.times[: len(found.tokens)])

    def _grown(self, level: Sequence[Path]) -> tuple[list[Path], list[Path]]:
        """Return the `width` likeliest texts one token on: those that go on, and those that ended."""
        likely = torch.stack([path.after for path in level]).double().log_softmax(dim=-1)
        scores = likely + likely.new_tensor([path.text.score for path in level])[:, None]
        more, ended = list[Path](), list[Path]()
        for place in scores.flatten().topk(min(self.width, scores.numel())).indices.tolist():
            path, token = level[place // likely.shape[1]], place % likely.shape[1]
            how = float(likely[place // likely.shape[1], token])
            if token == self.end and how > -torch.inf:
                ended.append(Path(path.text.ended(how), path.after, path.known))
            elif how > -torch.inf:
                more.append(Path(path.text.longer(token, float(path.after[token]), how), path.after, path.known))
        return more, ended

    def _asked(self, paths: Sequence[Path]) -> list[Path]:
        """Return paths with what follows their last tokens, which the decoder does not know yet."""
        if not paths:
            return []
        state = TextState.together([path.known for path in paths])
        rows = self._logits([[path.text.tokens[-1]] for path in paths], state)[:, -1]
        return [Path(path.text, rows[i], state.row(i)) for i, path in enumerate(paths)]

    def _logits(self, tokens: list[list[int]], known: TextState) -> torch.Tensor:
        found = self.decoder(torch.tensor(tokens, device=self.decoder.embed_tokens.weight.device), known)
        found[..., self.banned] = -torch.inf
        return found


def apart(more: Sequence[Path], held: Sequence[Path]) -> list[Path]:
    """Return new paths but those that held: what only begins one of these held as long as it did."""
    found = []
    for path in more:
        count = len(path.text.tokens)
        same = [other.text for other in held if other.text.tokens[:count] == path.text.tokens]
        if not same:
            found.append(path)
        elif all(len(other.tokens) > count for other in same):
            found.append(Path(dataclasses.replace(path.text, times=same[0].times[:count]), path.after, path.known))
    return found
