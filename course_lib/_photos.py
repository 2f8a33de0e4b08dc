"""The photographs in scikit-image's package: what each shows, its author and its licence.
Lesson 00 chooses from them; every later lesson uses one.
Must not know pictures or networks: it is a table.
"""
from dataclasses import dataclass


@dataclass(frozen=True)
class Photo:
    """One photograph: what it shows, its author, its licence, where it is from, its file. Used in lesson 00."""
    title: str
    author: str
    licence: str
    source: str
    file: str


_CC0_OWNER = "CC0 by the photographer, no copyright restrictions"
_CC0_TEXTURE = "Creative Commons CC0"
PHOTOS = {
    "cat": Photo("Chelsea the cat", "Stefan van der Walt", _CC0_OWNER, "scikit-image", "chelsea.png"),
    "coffee": Photo("A cup of coffee on a wooden table", "Rachel Michetti, courtesy of Pikolo Espresso Bar",
                    _CC0_OWNER, "scikit-image", "coffee.png"),
    "astronaut": Photo("The astronaut Eileen Collins", "NASA", "released into the public domain, no known copyright "
                       "restrictions", "NASA Great Images database, by way of scikit-image", "astronaut.png"),
    "rocket": Photo("A Falcon 9 rocket at dusk", "SpaceX", "released in the public domain",
                    "SpaceX Photos, by way of scikit-image", "rocket.jpg"),
    "galaxies": Photo("Hubble eXtreme Deep Field", "NASA", "may be freely used in the public domain",
                      "HubbleSite, by way of scikit-image", "hubble_deep_field.jpg"),
    "retina": Photo("A healthy human retina", "Mikael Häggström", "Creative Commons CC0 1.0 Universal Public Domain "
                    "Dedication", "Wikimedia Commons, by way of scikit-image", "retina.jpg"),
    "cameraman": Photo("A man with a camera (grey)", "Lav Varshney", _CC0_OWNER, "scikit-image", "camera.png"),
    "brick": Photo("A brick wall (grey)", "CC0Textures", _CC0_TEXTURE, "Bricks25, by way of scikit-image",
                   "brick.png"),
    "gravel": Photo("Gravel (grey)", "CC0Textures", _CC0_TEXTURE, "Gravel04, by way of scikit-image", "gravel.png"),
    "grass": Photo("Grass (grey)", "linolafett", _CC0_TEXTURE, "DeviantArt, by way of scikit-image", "grass.png"),
}
