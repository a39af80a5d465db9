"""Measurements, always as a ratio in one run: `python -m rn18demo.bench`."""
