"""Benchmarks: each module but the underscored ones is a command, ``python -m benchmarks.NAME --help``."""
