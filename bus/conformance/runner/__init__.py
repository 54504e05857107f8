"""Runs the protocol's cases against whatever speaks it. Uses nothing of the relays, so that a mistake of theirs is not
made here as well.
"""
