"""What the screen is made of: widgets that draw whole lines and repaint changed lines only."""
