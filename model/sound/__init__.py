"""Sound: a latent space of audio, and the flow that performs notes in it."""
