"""stepbridge: the daemon between a DAW and music-making models."""

__version__ = "0.1.0"
