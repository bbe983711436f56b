"""Accounts: who somebody is to a service, what they may do now, and which article said so."""
