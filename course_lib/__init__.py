"""Neural style transfer, from the bytes of a VGG file to a finished picture: the library behind the lessons.
Every name below is taught in a lesson first; `help(name)` says in which.
Importing it is quick: a module is loaded when one of its names is first used, and TensorFlow only then.
"""
import importlib
import os

# How much TensorFlow's C++ part logs is set before it is imported, or not at all.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

__version__ = "1.0.0"

_MODULES = {
    "images": ("load_image", "save_image", "resize_image", "as_image", "check_image", "to_uint8", "sample_photo",
               "photo_names", "PHOTOS"),
    "matfile": ("read_mat", "write_mat", "golden_check", "identify", "vgg_layer_names", "MatNetwork", "Layer"),
    "weights": ("weights_status", "check_weights", "get_weights", "PublishedFile", "WeightsStatus", "WeightsReport"),
    "keras_weights": ("read_keras_weights", "find_keras_weights"),
    "architecture": ("vgg_costs", "network_costs", "LayerCost", "show_costs", "show_numbers"),
    "vgg": ("Vgg", "load_vgg", "save_vgg", "untrained", "find_imagenet", "COURSE_FILE"),
    "losses": ("content_loss", "gram_matrix", "style_loss", "feature_moments", "moment_loss", "total_variation_loss"),
    "optimise": ("stylize", "synthesize_texture", "fastest_precision", "ARTICLE", "STYLE_LAYERS", "CONTENT_LAYERS"),
    "run": ("Step", "NotFinite"),
    "transform": ("build_transform", "transform_image", "make_transform_loss", "save_transform", "load_transform",
                  "shipped_style", "TRANSFORM_FILE", "TRANSFORM_WEIGHT"),
    "transform_training": ("train_transform", "training_pictures", "draw_scene", "random_view", "picture_stream",
                           "TrainingStep", "TRAINING_PHOTOS", "STRATEGIES"),
    "estimate": ("estimate_run", "Estimate"),
    "controls": ("Style", "keep_colours", "match_colours", "keep_outside", "load_mask", "mask_guides"),
    "tiles": ("tiled_objective", "tile_windows", "TileWindow"),
    "painting": ("paint", "style_names", "STYLES"),
    "textures": ("draw_texture", "family_names"),
    "lbfgs": ("minimise_lbfgs", "two_loop"),
    "counting": ("progress", "capped"),
    "smoothness": ("denoise", "signed_image"),
    "feature_maps": ("receptive_fields", "ReceptiveField", "tile_images", "map_grid", "strongest_patches", "Patch"),
    "gram_pictures": ("correlation_form", "channel_order", "channel_groups", "gram_distances", "shuffle_tiles",
                      "show_grams", "show_table"),
    "constants_table": ("Recipe", "STYLE_RECIPES", "known_style_losses", "convert_style_weight"),
    "evaluate": ("transfer_measures", "colour_distance", "band_energies", "band_distance", "edge_correlation",
                 "structure_similarity", "roughness"),
    "measures": ("judge", "Judgement", "sanity_page", "ranking_faults", "HELD_OUT", "BETTER", "RANKINGS"),
    "experiments": ("run_experiments", "settings_grid", "read_table", "contact_sheet"),
    "_tensorflow": ("tf",),
    "show": ("show_images", "show_history"),
    "film": ("write_film",),
    "report": ("write_report",),
    "sliders": ("Explorer", "explore_feature_maps", "explore_grams", "explore_style_loss", "explore_optimisation"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [*_HOME, "__version__"]


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"course_lib has no {name!r}; it offers {', '.join(sorted(_HOME))}.")
    value = globals()[name] = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__():
    return sorted(__all__)
