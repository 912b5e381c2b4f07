"""The training set of the sound model: stems of the score corpus, played and produced, with captions."""
