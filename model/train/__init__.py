"""Training: everything that needs torch and a corpus, and nothing that the daemon needs."""
