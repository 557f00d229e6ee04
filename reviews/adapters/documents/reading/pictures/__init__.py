"""Pictures: opened, straightened, recognised, and made for a person to see."""
