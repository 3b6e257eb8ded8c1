"""Optional packages come in by one door, which says how to install what is missing."""

from __future__ import annotations

import pytest

from aitia.core.errors import MissingExtra
from aitia.core.extras import has, need


def test_a_missing_package_is_named_with_the_line_that_installs_it() -> None:
    assert not has("no_such_package_at_all")
    with pytest.raises(MissingExtra) as caught:
        need("no_such_package_at_all")
    assert "pip install" in caught.value.next
    assert caught.value.exit_code == 2


def test_a_package_that_is_there_is_returned() -> None:
    assert has("numpy")
    assert need("numpy").__name__ == "numpy"
