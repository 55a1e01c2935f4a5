"""The command line: arguments, output, and exit codes.

`main` is the entry point of the program. It imports the other packages only when a command needs them, so that
`--version` and `--help` stay instant.
"""
