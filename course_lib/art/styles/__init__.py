"""The painted styles that every lesson can use, one file for each; `paint` finds the files by itself.

The file `stained_glass.py` is the style 'stained glass'. It contains
    ORDER        the style's place in `style_names()`; equal numbers are sorted by name
    DESCRIPTION  one line for the reader
    draw         function of a `Sheet` and a random generator that returns the picture, (h, w, 3), RGB 0-255
The name also selects the random numbers: a renamed file paints another picture.
"""
