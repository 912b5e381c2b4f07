"""Putting deliveries into the session files of DAWs that are closed."""
