"""ptmscan finds every pre-trained model that a Python code base loads."""

from __future__ import annotations

__version__ = "0.1.0"
