"""Where the daemon listens. `stepbridge install live` writes the port of config.yaml in place of @…@. Edit freely."""

HOST = "127.0.0.1"
OSC_PORT = "@osc_port@"
"""Of the daemon; 9130 where nothing was written here."""
OWN_PORT = 9132
"""Of this script: other programs send /stepbridge/live/send (pairs: prompt "epic brass") and /stepbridge/live/cancel here."""
OWN_HOST = "127.0.0.1"
"""Who reaches that port: this machine only; "0.0.0.0" lets a tablet in too, and everybody else in the network."""
