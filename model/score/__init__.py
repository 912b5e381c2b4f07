"""The score model: composes in beats."""
