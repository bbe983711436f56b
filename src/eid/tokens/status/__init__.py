"""Token Status List: whether a credential is still in force, for issuers and verifiers."""
