"""Who makes scores: name → class, imported only when chosen."""
