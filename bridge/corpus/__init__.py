"""The training sets: tunes accompanied by two teachers; in `sound`, stems played and produced."""
