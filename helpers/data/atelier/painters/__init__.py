"""The imaginary painters of the Atelier: one file each, plus the brushes they share."""
