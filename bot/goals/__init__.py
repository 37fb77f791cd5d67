"""Goals that come from the peers: proposed by one of a group, judged by all of it, adopted by its leaders."""
