"""What happens to accounts: commands, events, and what each command does."""
