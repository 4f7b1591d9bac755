"""What everybody speaks: frozen types without I/O. One word per thing."""
