"""The families of textures of lesson A2, grouped by kind; `draw_texture` finds the files by itself.

A family is one function with a name: `@family("honeycomb")` above `def _honeycomb(rng, size)`, which returns the
picture, (size, size, 3) float32, RGB 0-255. The name is the network's class name. It also selects the random numbers:
a renamed family draws other pictures.
"""
FAMILIES = {}  # name -> function (rng, size)


def family(name):
    """Register the function below this decorator as the family of textures with this name."""
    def register(draw):
        FAMILIES[name] = draw
        return draw
    return register
