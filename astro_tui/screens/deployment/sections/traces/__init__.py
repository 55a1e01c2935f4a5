"""The traces of a deployment: the list, and one of them."""
