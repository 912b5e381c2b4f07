"""The engine `neural`: a flow over audio latents performs the notes in the sound that the words ask for. Experimental."""
