"""Pictures drawn by code: paintings, from which every lesson takes a style, and textures, on which lesson A2 trains.

    painting   `paint`; one file for each painted style in `styles`; what the painters share in `canvas`
    textures   `draw_texture`; the families of textures, by kind, in `families`; what they share in `fields` and `pen`

A new style is one new file in `styles`; a new family of textures is one new function in `families`.
"""
