"""The full-screen inbox: Textual underneath, our own keys, lines and cells on top."""
