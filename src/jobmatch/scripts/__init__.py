"""Commands by the names that an older service gave them."""
