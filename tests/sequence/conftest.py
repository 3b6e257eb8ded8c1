"""Keep torch to one thread: the tests run side by side in two processes."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
