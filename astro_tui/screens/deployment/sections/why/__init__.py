"""Why a deployment is in its state: the whole diagnosis."""
