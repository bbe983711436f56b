"""e-ID tokens, holder credentials, status lists, archives: what a check made here lets another service know."""
