"""Remembering jobs and running them."""
