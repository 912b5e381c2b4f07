"""Who makes sound: name → class, imported only when chosen."""
