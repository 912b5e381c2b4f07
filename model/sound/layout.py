"""Where time and channels lie in the latent space of sound: shared by the training and by the daemon, which has no torch."""

from __future__ import annotations

SAMPLE_RATE_HZ = 48_000
FRAME_SAMPLES = 1_920
"""Samples of a latent frame."""
CHANNELS = 64
"""Numbers of a latent frame."""
FRAME_RATE_HZ = SAMPLE_RATE_HZ / FRAME_SAMPLES
