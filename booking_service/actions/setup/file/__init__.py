"""The setup file: reading it, applying it, writing it."""
