"""Weights of models that see and hear, by hand: the command `seawall models`."""
