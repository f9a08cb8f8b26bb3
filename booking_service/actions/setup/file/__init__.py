"""The setup file: read, compared with what is stored, stored, written out."""
