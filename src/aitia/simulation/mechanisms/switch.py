"""Choose among mechanisms by a coded node, such as the environment or the regime of a row. [huang2020]"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np

from aitia.core.noun import noun
from aitia.simulation.inputs import Values
from aitia.simulation.mechanisms.structural import Structural


@noun
class Switch(Structural):
    """Hold one mechanism for each level of the node `by`.

    Mechanisms whose noise has one law share it, so that a row keeps its noise when another environment is imagined;
    others have a noise each.
    """

    node: str
    by: str
    cases: tuple[Structural, ...]

    @property
    def parents(self) -> tuple[str, ...]:
        """The node that chooses, then everything that some case reads."""
        return tuple(dict.fromkeys((self.by, *(name for case in self.cases for name in case.parents))))

    @property
    def shared(self) -> bool:
        """Whether all cases use one noise."""
        return len({case.law for case in self.cases}) == 1

    @property
    def law(self) -> Hashable:
        """The law of the shared noise, or of each."""
        return self.cases[0].law if self.shared else tuple(case.law for case in self.cases)

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the shared noise, or one noise per case (n, cases)."""
        if self.shared:
            return self.cases[0].draw(n, rng)
        return np.column_stack([case.draw(n, rng) for case in self.cases])

    def predict(self, noise: np.ndarray, parents: Values) -> np.ndarray:
        """Return each row's value by its own case."""
        return self._by_case(parents, len(noise), lambda i, case, rows, given: case.predict(self._own(noise, i)[rows], given))

    def abduct(self, value: np.ndarray, parents: Values, rng: np.random.Generator) -> np.ndarray:
        """Return the noise of each row's own case; the other cases' noise is drawn, since nothing is known of it."""
        noise = self.draw(len(value), rng)
        for i, case in enumerate(self.cases):
            rows, given = self._rows(parents, i)
            if self.shared:
                noise[rows] = case.abduct(value[rows], given, rng)
            else:
                noise[rows, i] = case.abduct(value[rows], given, rng)
        return noise

    def log_density(self, value: np.ndarray, parents: Values) -> np.ndarray:
        """Return each row's log density by its own case."""
        return self._by_case(parents, len(value), lambda i, case, rows, given: case.log_density(value[rows], given))

    def words(self) -> str:
        """Write every case once, with the levels in which it holds."""
        texts: dict[str, list[str]] = {}
        for i, case in enumerate(self.cases):
            texts.setdefault(case.words(), []).append(str(i))
        return "; ".join(f"{text} [{self.by} {', '.join(where[:6])}]" for text, where in texts.items())

    def _own(self, noise: np.ndarray, i: int) -> np.ndarray:
        return noise if self.shared else noise[:, i]

    def _rows(self, parents: Values, i: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        rows = np.flatnonzero(np.asarray(parents[self.by]).astype(np.intp) == i)
        return rows, {name: parents[name][rows] for name in self.cases[i].parents}

    def _by_case(
        self, parents: Values, n: int, one: Callable[[int, Structural, np.ndarray, dict[str, np.ndarray]], np.ndarray]
    ) -> np.ndarray:
        found = np.empty(n)
        for i, case in enumerate(self.cases):
            rows, given = self._rows(parents, i)
            found[rows] = one(i, case, rows, given)
        return found
