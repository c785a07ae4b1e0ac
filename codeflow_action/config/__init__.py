"""What the user asked for: inputs, the configuration file, and which of them said so."""
