"""The composer `diffusion`: two rectified flows write chords and parts in the latent space of a beat."""
