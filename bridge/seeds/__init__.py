"""Ways from what a musician gives to what composers read: clips to seeds, prompts to styles."""
