"""Every figure of the README: `make bench` prints them all, `python -m bench NAME` one table."""
