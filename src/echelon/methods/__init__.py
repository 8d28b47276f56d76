"""Methods: arrays in, arrays out; never a system, a file or a print."""
