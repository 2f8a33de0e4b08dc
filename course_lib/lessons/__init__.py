"""What single lessons need, such as costs (lesson 01), feature maps (02), Gram matrices (04), sliders (02 to 07)."""
