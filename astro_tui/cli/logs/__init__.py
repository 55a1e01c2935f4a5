"""The logs of an agent in a terminal: which workloads to read, and how to print their lines."""
