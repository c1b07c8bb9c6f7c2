"""GLPI 11, by its high-level interface."""
