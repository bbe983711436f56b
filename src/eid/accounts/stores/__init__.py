"""Where accounts are kept, and the secrets that open what is kept there."""
