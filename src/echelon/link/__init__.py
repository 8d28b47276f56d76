"""Records of several departments together, and nothing told about anybody: what leaves is protected."""

from echelon.link.protect import protect

__all__ = ["protect"]
