"""What the benches of live streams are made of: clips, a generator, a gateway that is watched."""
