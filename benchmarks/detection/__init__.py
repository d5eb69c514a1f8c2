"""What detection is measured on."""
