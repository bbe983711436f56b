"""How often somebody may guess: counters, and the guard around every verification of a secret."""
