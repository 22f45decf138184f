"""Which set would be used, and how many images of whom: `python -m helpers.data`."""

from helpers.data.image_set import DatasetError, load_images


def main() -> None:
    """Print the set that is found, and the images of each class."""
    try:
        found = load_images()
    except DatasetError as error:
        raise SystemExit(str(error)) from None
    for label, name in enumerate(found.names):
        print(f"{int((found.labels == label).sum()):8,}  {name}")


if __name__ == "__main__":
    main()
