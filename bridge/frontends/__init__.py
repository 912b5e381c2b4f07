"""The ways in and out; each only translates."""
