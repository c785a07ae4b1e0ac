"""What makes a model's finding trustworthy: pure, but for the ports it is handed."""
