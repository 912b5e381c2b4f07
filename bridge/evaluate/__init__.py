"""Measuring scores: pure functions on notes and chords, and what composers are compared by."""
