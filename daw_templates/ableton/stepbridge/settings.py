"""Where the daemon listens. `stepbridge install live` writes the port of config.yaml in place of @…@. Edit freely."""

HOST = "127.0.0.1"
OSC_PORT = "@osc_port@"
"""Of the daemon; 9130 where nothing was written here."""
OWN_PORT = 9132
"""Of this script: a tablet or another program sends /stepbridge/live/send and /stepbridge/live/cancel here."""
