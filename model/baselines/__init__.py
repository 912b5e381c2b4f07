"""What the diffusion is compared with."""
