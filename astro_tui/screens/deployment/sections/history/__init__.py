"""The revisions of a deployment, and how each differs from the current one."""
