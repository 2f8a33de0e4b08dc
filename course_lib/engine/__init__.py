"""What runs an optimisation (lesson 07): optimisers, the run, its checkpoint, tiles, estimates of time and memory."""
