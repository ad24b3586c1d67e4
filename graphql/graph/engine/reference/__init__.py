"""The slow and simple way to the same answer, which tests hold the compiled one to."""
