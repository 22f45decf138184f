"""A drawn person, to stand in for a photograph: a head of shaded ellipsoids before a wall.

Nobody is portrayed, so nobody has to be asked. Light, skin, hair, clothes and wall come from the
seed. It looks like a clay model in a studio and not like the painted portraits of the course.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

SKIN = ((241, 208, 182), (224, 178, 142), (190, 138, 100), (141, 94, 66), (92, 60, 44))
HAIR = ((38, 28, 24), (84, 54, 34), (146, 98, 48), (206, 170, 104), (168, 164, 160))
CLOTH = ((44, 62, 96), (120, 38, 40), (58, 84, 62), (216, 206, 188), (52, 50, 54))
WALL = ((150, 160, 166), (176, 150, 118), (112, 126, 104), (92, 88, 108), (188, 176, 170))


def sitter(seed: int = 0, side: int = 256) -> Image.Image:
    """A picture of nobody, RGB, side x side pixels; the same seed gives the same one."""
    random = np.random.default_rng(seed)
    skin, hair, cloth, wall = (
        np.array(colours[random.integers(len(colours))], float)
        for colours in (SKIN, HAIR, CLOTH, WALL)
    )
    light = np.array([random.choice([-1, 1]) * random.uniform(0.3, 0.8), -0.6, 0.9])
    light /= np.linalg.norm(light)
    scene = Scene(2 * side, light, wall * random.uniform(0.8, 1.05))
    turn, wide, long_hair = random.uniform(-0.06, 0.06), random.uniform(0.24, 0.28), random.random()

    if long_hair > 0.5:  # behind the neck, as far down as the shoulders
        scene.ellipsoid((turn / 2, 0.08, -0.2), (wide + 0.09, 0.44, 0.2), hair)
    scene.ellipsoid((0, 0.92, -0.05), (0.62, 0.42, 0.3), cloth)
    scene.ellipsoid((turn / 2, 0.4, -0.05), (0.12, 0.3, 0.12), skin * 0.95)
    scene.ellipsoid((0, 0.54, 0.08), (0.17, 0.07, 0.14), skin * 0.95)  # above the collar
    scene.ellipsoid((turn, -0.3, -0.08), (wide + 0.05, 0.27, 0.25), hair)
    head = np.array([turn, -0.12, 0.0])
    scene.ellipsoid(head, (wide, 0.37, 0.28), skin)
    scene.ellipsoid(np.add(head, (0, -0.31, 0.0)), (wide * 0.94, 0.12, 0.27), hair)
    for x in (-1, 1):
        scene.ellipsoid(np.add(head, (x * wide, 0.02, -0.06)), (0.04, 0.08, 0.05), skin)
        spot = np.add(head, (x * 0.1 + 0.6 * turn, -0.03, 0.24))
        scene.ellipsoid(spot, (0.05, 0.026, 0.05), np.array([236.0, 232, 226]))
        scene.ellipsoid(np.add(spot, (0.3 * turn, 0, 0.04)), (0.024, 0.025, 0.02), hair * 0.5 + 10)
        scene.ellipsoid(np.add(spot, (0, -0.065, 0.01)), (0.06, 0.012, 0.03), hair * 0.8)
    scene.ellipsoid(np.add(head, (1.1 * turn, 0.08, 0.27)), (0.035, 0.09, 0.06), skin * 1.02)
    lips = skin * (0.86, 0.6, 0.6)
    scene.ellipsoid(np.add(head, (0.8 * turn, 0.205, 0.21)), (0.075, 0.02, 0.05), lips)
    return scene.developed(side, random)


class Scene:
    """Ellipsoids seen from the front, the nearest one in each pixel; x and y from -1 to 1."""

    def __init__(self, pixels: int, light: np.ndarray, wall: np.ndarray) -> None:
        along = np.linspace(-1, 1, pixels)
        self.x, self.y = np.meshgrid(along, along)
        self.light, self.depth = light, np.full_like(self.x, -np.inf)
        glow = 1.08 - 0.28 * np.hypot(self.x - 0.5 * light[0], self.y + 0.4)
        self.colour = wall * glow[..., None]

    def ellipsoid(self, centre: np.ndarray | tuple, radii: tuple, colour: np.ndarray) -> None:
        """Put one in; what lies nearer to the camera (larger z) hides what is behind it."""
        x, y = (self.x - centre[0]) / radii[0], (self.y - centre[1]) / radii[1]
        inside = 1 - x**2 - y**2
        z = np.sqrt(inside.clip(0))
        depth = centre[2] + radii[2] * z
        normal = np.stack([x / radii[0], y / radii[1], z / radii[2]], -1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True).clip(1e-9)
        shade = 0.38 + 0.75 * (normal @ self.light).clip(0)  # Lambert's law, and light from around
        seen = (inside > 0) & (depth > self.depth)
        self.depth[seen] = depth[seen]
        self.colour[seen] = (colour * shade[..., None])[seen]

    def developed(self, side: int, random: np.random.Generator) -> Image.Image:
        """The picture, with soft edges and a little grain."""
        picture = Image.fromarray(self.colour.clip(0, 255).astype(np.uint8))
        picture = picture.filter(ImageFilter.GaussianBlur(side / 160))
        small = np.asarray(picture.resize((side, side), Image.Resampling.LANCZOS), float)
        grain = random.normal(0, 3, (side, side, 1))
        return Image.fromarray((small + grain).clip(0, 255).astype(np.uint8))
