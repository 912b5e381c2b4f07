"""The classical composer: rules of harmony, voice leading and idiom, no networks. Fast, exact and repeatable."""
