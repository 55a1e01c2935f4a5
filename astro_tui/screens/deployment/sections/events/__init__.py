"""What the cluster says about a deployment: its events, stuck ones first."""
