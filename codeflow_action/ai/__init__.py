"""Language models: four providers behind one promise, and wrappers around it."""
