"""What a user sets: settings, keys, secrets, names. Strict, and able to explain a mistake with file, line and key."""
