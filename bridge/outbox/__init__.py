"""Handing a take over to the DAW: whole or not at all."""
