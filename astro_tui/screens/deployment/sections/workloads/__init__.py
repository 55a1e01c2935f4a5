"""What runs for a deployment: its workloads with their containers, runs, storage, and environment."""
