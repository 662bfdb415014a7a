"""Doors: movement that was written, drawn or played elsewhere, as an automation file of ours.

Each kind of file has one reader here, which makes lanes of it; `imported` chooses among them, and
what they found passes our own reader before it is written.
"""
