"""Compiled kernels; only imported when they are needed, because the compiler loads slowly."""
