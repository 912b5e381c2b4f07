"""The training set of the score composer: public-domain tunes, accompanied by two teachers."""
