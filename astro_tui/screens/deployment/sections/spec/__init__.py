"""The spec of a deployment as a tree, with marks of the last change and the history of each value."""
