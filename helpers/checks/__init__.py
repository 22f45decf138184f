"""What an exercise's answer must show: a file for each notebook, three checks in each.

Each check takes the reader's function, tries it on cases with known answers, and prints one line.
A wrong answer gets a sentence that helps; an answer that is still missing gets no hint.
"""

from helpers.checks.exercise import NotAnswered, exercise, given, same, same_network
from helpers.checks.nb00_first_paintings import mixture, neighbours, series
from helpers.checks.nb01_dataset_exploration import balanced_weights, brightness, top_share
from helpers.checks.nb02_preprocessing import crop_box, random_flip, there_and_back
from helpers.checks.nb03_generator import generator_64, slerp, transposed_size
from helpers.checks.nb04_discriminator import layers_needed, receptive_field, stable_bce
from helpers.checks.nb05_training import epochs_to_steps, moving_average, smoothed_loss
from helpers.checks.nb06_results import diversity, most_confident, truncate
from helpers.checks.nb07_measuring import frechet_1d, mean_of_pairs, recall
from helpers.checks.nb08_digits_and_fashion import confident_rate, expected_modes, stack_digits
from helpers.checks.nb09_your_own_pictures import closed_loop, print_pixels, steps_within
from helpers.checks.nb10_why_gans_fail import alternating_columns, append_spread, slopes_at
from helpers.checks.nb11_better_objectives import gradient_penalty, least_squares, r1
from helpers.checks.nb12_paint_on_request import (
    adaptive_instance_norm,
    balanced_indices,
    projection_logits,
)
from helpers.checks.nb13_style import demodulated, mixed_styles, strongest_direction
from helpers.checks.nb14_portraits import best_starts, square_inside, training_pairs
from helpers.checks.nb15_to_a_print import best_guess, charbonnier, pixel_shuffle
from helpers.checks.nb16_photo_to_painting import (
    blended,
    colours_kept,
    gram_inside,
    paired_loss,
)
from helpers.checks.nb17_the_other_road import heun_step, middle_times, painted_over
from helpers.checks.nb18_long_runs import joint_gradient, lost_steps, write_safely

__all__ = [
    "NotAnswered",
    "adaptive_instance_norm",
    "alternating_columns",
    "append_spread",
    "balanced_indices",
    "balanced_weights",
    "best_guess",
    "best_starts",
    "blended",
    "brightness",
    "charbonnier",
    "closed_loop",
    "colours_kept",
    "confident_rate",
    "crop_box",
    "demodulated",
    "diversity",
    "epochs_to_steps",
    "exercise",
    "expected_modes",
    "frechet_1d",
    "generator_64",
    "given",
    "gradient_penalty",
    "gram_inside",
    "heun_step",
    "joint_gradient",
    "layers_needed",
    "least_squares",
    "lost_steps",
    "mean_of_pairs",
    "middle_times",
    "mixed_styles",
    "mixture",
    "most_confident",
    "moving_average",
    "neighbours",
    "painted_over",
    "paired_loss",
    "pixel_shuffle",
    "print_pixels",
    "projection_logits",
    "r1",
    "random_flip",
    "recall",
    "receptive_field",
    "same",
    "same_network",
    "series",
    "slerp",
    "slopes_at",
    "smoothed_loss",
    "square_inside",
    "stable_bce",
    "stack_digits",
    "steps_within",
    "strongest_direction",
    "there_and_back",
    "top_share",
    "training_pairs",
    "transposed_size",
    "truncate",
    "write_safely",
]
