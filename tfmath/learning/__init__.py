"""Learning: the loss, the steps that lower it, the loop."""
