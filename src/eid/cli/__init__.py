"""The command line: a contract for programs (``--json``, exit codes) and a view for people."""
