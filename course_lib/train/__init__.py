"""Networks that are trained: the image transform network of lesson 08, the course network of lesson A2."""
